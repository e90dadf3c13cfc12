"""Removes the imports of modules that the user deleted from Python code, and the uses of these imports."""

import ast
from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet
from itertools import accumulate

from trellis.lifecycle.modules import imported_from

_Lists = ast.List | ast.Set | ast.Tuple | ast.Dict


def without_modules(path: str, data: bytes, deleted: AbstractSet[str]) -> bytes:
    """Return a Python file without the imports of deleted modules, and without the lines that use them.

    Args:
        path: the file's path.
        data: its content; returned unchanged if other code uses the imports, too.
        deleted: the names of the modules.

    """
    if b"from ." not in data and not any(name.encode() in data for name in deleted):
        return data
    try:
        tree = ast.parse(data)
        imports = [
            node
            for node in tree.body
            if isinstance(node, ast.ImportFrom) and imported_from(path, node) in deleted
        ]
        if not imports:
            return data
        names = {alias.asname or alias.name for node in imports for alias in node.names}
        spans = _Spans(data)
        for node in tree.body:
            if node in imports:
                spans.add(node)
            else:
                _prune(node, names, spans)
        pruned = spans.without()
        return data if _mentions(ast.parse(pruned), names) else pruned
    except (SyntaxError, ValueError):
        return data


def _prune(node: ast.stmt, names: AbstractSet[str], spans: "_Spans") -> None:
    """Mark the uses of these names in a statement: a call by itself, or elements of a list."""
    if isinstance(node, ast.Expr):
        if _mentions(node, names):
            spans.add(node)
        return
    inner = [child for child in ast.iter_child_nodes(node) if isinstance(child, ast.stmt)]
    for child in inner:
        _prune(child, names, spans)
    if not inner:
        using = [one for one in ast.walk(node) if _mentions(one, names)]
        listed = [one for one in using if _is_innermost(one, names)]
        calls = [one for one in using if isinstance(one, ast.Call)]
        for one in listed or calls[:1]:
            _take_out(list(_elements(one)), names, spans)


def _take_out(elements: Sequence[Sequence[ast.expr]], names: AbstractSet[str], spans: "_Spans") -> None:
    for number, element in enumerate(elements):
        if any(_mentions(part, names) for part in element):
            spans.add(element[0], element[-1], after=elements[number - 1][-1] if number else None)


def _is_innermost(node: ast.AST, names: AbstractSet[str]) -> bool:
    inner = [one for one in ast.walk(node) if isinstance(one, _Lists) and _mentions(one, names)]
    return inner == [node]


def _elements(node: ast.AST) -> Iterator[Sequence[ast.expr]]:
    match node:
        case ast.List(elts=elements) | ast.Set(elts=elements) | ast.Tuple(elts=elements):
            yield from ([element] for element in elements)
        case ast.Dict(keys=keys, values=values):
            yield from ([key, value] if key else [value] for key, value in zip(keys, values, strict=True))
        case ast.Call(args=arguments):
            yield from ([argument] for argument in arguments)
        case _:
            return


def _mentions(node: ast.AST, names: AbstractSet[str]) -> bool:
    return any(isinstance(one, ast.Name) and one.id in names for one in ast.walk(node))


class _Spans:
    """Parts of a text to remove.

    Args:
        data: the text.

    """

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._starts = [0, *accumulate(len(line) + 1 for line in data.split(b"\n"))]
        self._found: list[tuple[int, int]] = []

    def add(
        self,
        first: ast.stmt | ast.expr,
        last: ast.stmt | ast.expr | None = None,
        *,
        after: ast.expr | None = None,
    ) -> None:
        """Remove a statement or an element with its comma; whole lines, if they contain nothing else.

        Args:
            first: where it begins.
            last: where it ends.
            after: the element before it.

        """
        start, end = self._place(first)[0], self._place(last or first)[1]
        rest = self._data[end:]
        if rest.lstrip(b" ").startswith(b","):
            end += rest.index(b",") + 1
            end += len(self._data[end:]) - len(self._data[end:].lstrip(b" "))
        elif after:
            start = self._place(after)[1]
        line = self._data.rindex(b"\n", 0, start) + 1 if b"\n" in self._data[:start] else 0
        if not self._data[line:start].strip() and self._data[end : end + 1] in (b"\n", b""):
            start, end = line, end + 1
        self._found.append((start, end))

    def without(self) -> bytes:
        """Return the text without these parts."""
        data = self._data
        for start, end in sorted(self._found, reverse=True):
            data = data[:start] + data[end:]
        return data

    def _place(self, node: ast.stmt | ast.expr) -> tuple[int, int]:
        end_line, end_column = node.end_lineno or node.lineno, node.end_col_offset or node.col_offset
        return (
            self._starts[node.lineno - 1] + node.col_offset,
            self._starts[end_line - 1] + end_column,
        )
