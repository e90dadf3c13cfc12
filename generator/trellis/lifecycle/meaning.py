"""Splits a file of Python, TOML, YAML or JSON into its smallest parts, to compare what files mean."""

import ast
import json
import tomllib
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import PurePosixPath

import yaml

Part = tuple[str, ...]
"""A part: where it is, what it is, and for what must have one name in its place, the name at the end."""

Meaning = Counter[Part]
_NAME = "name"
_BLOCKS = ("body", "orelse", "finalbody")


def meaning_of(path: str, data: bytes) -> Meaning | None:
    """Return the parts of a file; None if its kind is unknown or it cannot be parsed."""
    read = _READERS.get(PurePosixPath(path).suffix)
    if not read:
        return None
    try:
        return Counter(read(data.decode()))
    except (ValueError, SyntaxError, yaml.YAMLError):
        return None


def has_both(
    merged: Meaning | None, base: Meaning | None, mine: Meaning | None, theirs: Meaning | None
) -> bool:
    """Tell whether a merged file has exactly the additions and removals of both sides."""
    if merged is None or base is None or mine is None or theirs is None:
        return False
    return all(
        _is_merged(part, merged[part], base[part], mine[part], theirs[part])
        for part in merged.keys() | base.keys() | mine.keys() | theirs.keys()
    )


def _is_merged(part: Part, merged: int, base: int, mine: int, theirs: int) -> bool:
    if _NAME in part[:1] and merged > max(mine, theirs):
        return False
    both = {base + (mine - base) + (theirs - base)}
    if (mine - base) * (theirs - base) > 0:
        both.add(max(mine, theirs) if mine > base else min(mine, theirs))
    return merged in both


def _data(value: object, place: Part = ()) -> Iterator[Part]:
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from _data(inner, (*place, repr(name)))
    elif isinstance(value, list):
        yield from ((*place, "element", repr(inner)) for inner in value)
    else:
        yield (*place, "value", repr(value))


def _yaml(text: str) -> Iterator[Part]:
    known: set[int] = set()
    for document in yaml.compose_all(text, yaml.SafeLoader):
        yield from _node(document, (), known)


def _node(node: yaml.Node, place: Part, known: set[int]) -> Iterator[Part]:
    """Return the parts of a node; what is used again by an alias counts once."""
    if id(node) in known:
        yield (*place, "alias")
        return
    known.add(id(node))
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            name = yaml.serialize(key)
            if name != "<<\n":
                yield (_NAME, *place, name)
            yield from _node(value, (*place, name), known)
    elif isinstance(node, yaml.SequenceNode):
        yield from ((*place, "element", yaml.serialize(element)) for element in node.value)
    else:
        yield (*place, "value", node.tag, str(node.value))


def _python(text: str) -> Iterator[Part]:
    yield from _block(ast.parse(text).body, ())


def _block(body: list[ast.stmt], place: Part) -> Iterator[Part]:
    for statement in body:
        match statement:
            case ast.Import(names=names) | ast.ImportFrom(names=names):
                source = f"{getattr(statement, 'level', '')} {getattr(statement, 'module', '')}"
                for alias in names:
                    yield (*place, "import", source, alias.name, str(alias.asname))
                    yield (_NAME, *place, alias.asname or alias.name)
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
                yield (_NAME, *place, name)
                yield from _inner(statement, (*place, name), named=True)
            case _:
                if isinstance(statement, ast.AnnAssign):
                    yield (_NAME, *place, ast.unparse(statement.target))
                yield from _inner(statement, (*place, type(statement).__name__))


def _inner(statement: ast.stmt, place: Part, *, named: bool = False) -> Iterator[Part]:
    """Return the parts of a statement: its head, the elements of what it lists, and its blocks."""
    blocks = {name: getattr(statement, name) for name in _BLOCKS if hasattr(statement, name)}
    head = _Hollowed()
    for name in blocks:
        setattr(statement, name, [])
    hollow = head.visit(statement)
    here = (*place, ast.dump(hollow))
    yield here
    for part in head.parts:
        yield (part[0], *here, *part[1:]) if part[0] == _NAME else (*here, *part)
    for name, body in blocks.items():
        yield from _block(body, (*(place if named else here), name))


class _Hollowed(ast.NodeTransformer):
    """Takes the elements out of lists, dictionaries and calls, and keeps them as parts."""

    def __init__(self) -> None:
        self.parts: list[Part] = []
        self._place: Part = ()

    def visit_List(self, node: ast.List) -> ast.AST:
        return self._listed(node, "List")

    def visit_Set(self, node: ast.Set) -> ast.AST:
        return self._listed(node, "Set")

    def visit_Tuple(self, node: ast.Tuple) -> ast.AST:
        return self._listed(node, "Tuple")

    def visit_Dict(self, node: ast.Dict) -> ast.AST:
        for key, value in zip(node.keys, node.values, strict=True):
            name = ast.dump(key) if key else "**"
            if key:
                self.parts.append((_NAME, *self._place, name))
            self._take(value, name)
        return ast.Dict(keys=[], values=[])

    def visit_ClassDef(self, node: ast.ClassDef) -> ast.AST:
        for base in node.bases:
            self._take(base, "base")
        node.bases = []
        return self.generic_visit(node)

    def visit_Call(self, node: ast.Call) -> ast.AST:
        func = self.visit(node.func)
        name = ast.dump(func)
        for argument in node.args:
            self._take(argument, name)
        for keyword in node.keywords:
            if keyword.arg:
                self.parts.append((_NAME, *self._place, name, keyword.arg))
            self._take(keyword.value, f"{name} {keyword.arg}")
        return ast.Call(func=func, args=[], keywords=[])

    def _listed(self, node: ast.List | ast.Set | ast.Tuple, name: str) -> ast.AST:
        for element in node.elts:
            self._take(element, name)
        return ast.Name(id=name)

    def _take(self, node: ast.expr, name: str) -> None:
        outer, self._place = self._place, (*self._place, name)
        hollow = self.visit(node)
        self.parts.append((*self._place, ast.dump(hollow)))
        self._place = outer


_READERS: dict[str, Callable[[str], Iterator[Part]]] = {
    ".py": _python,
    ".toml": lambda text: _data(tomllib.loads(text)),
    ".json": lambda text: _data(json.loads(text)),
    ".yaml": _yaml,
    ".yml": _yaml,
}
