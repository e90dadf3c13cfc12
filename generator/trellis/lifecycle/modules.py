"""Module names in Python files, and their new names where modules were moved."""

import ast
import io
import re
import tokenize
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import accumulate
from pathlib import PurePosixPath

from trellis.lifecycle.rendered import Files

Edit = tuple[int, int, str]
"""Where a text begins and ends, and the text to replace it."""

_DOTTED = re.compile(r"(?<![\w./-])[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)+")
_FROM = re.compile(r"from\s+([.\w]+)")
_IMPORT = re.compile(rb"(?:from|import) [^.\s].*[^(\\\s]\s*$")


@dataclass(frozen=True)
class Modules:
    """The modules that were moved.

    Args:
        names: their new names, by the old ones.

    """

    names: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, place: Callable[[str], str], paths: Iterable[str], now: Files) -> "Modules":
        """Find the modules that have new names.

        Args:
            place: returns where a file is now.
            paths: the files' old paths.
            now: the files as they are now; one of them must import from the package at the top of a new name.

        """
        names = {}
        for path in paths:
            old, new = module_of(path), module_of(place(path))
            if path.endswith(".py") and old != new:
                names[old] = new
        if not names:
            return cls()
        used = {name for path, data in now.items() for name, _ in imports_of(path, data)}
        return cls({old: new for old, new in names.items() if new.partition(".")[0] in used})

    def translate(self, path: str, data: bytes, target: str) -> bytes:
        """Return a file with the new names of modules in its imports and strings.

        Args:
            path: the file's path before, from which relative imports start.
            data: its content.
            target: its path afterwards.

        """
        if not path.endswith(".py") or (path == target and not self._occur_in(path, data)):
            return data
        try:
            text = data.decode()
            for start, end, new in sorted(_Code(self, path, target, text).edits(), reverse=True):
                text = text[:start] + new + text[end:]
        except (UnicodeDecodeError, SyntaxError, ValueError, tokenize.TokenError):
            return data
        return text.encode()

    def _occur_in(self, path: str, data: bytes) -> bool:
        """Tell whether a file imports a moved module or mentions its whole name."""
        imported = any(name in self.names for name, _ in imports_of(path, data))
        return imported or any(name.encode() in data for name in self.names)

    def renamed(self, name: str) -> str:
        """Return the new name of a module, or of what is in it."""
        parts = name.split(".")
        for length in range(len(parts), 0, -1):
            known = ".".join(parts[:length])
            if known in self.names:
                return ".".join([self.names[known], *parts[length:]])
        return name


def module_of(path: str) -> str:
    """Return the dotted name by which a file is imported."""
    parts = PurePosixPath(path).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imports(path: str, tree: ast.Module) -> Iterator[tuple[str, int]]:
    """Return every module that a file imports or may import, and its parents, with the line."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield from ((parent, node.lineno) for parent in _parents(alias.name))
        elif isinstance(node, ast.ImportFrom):
            module = imported_from(path, node)
            yield from ((parent, node.lineno) for parent in _parents(module))
            yield from ((f"{module}.{alias.name}", node.lineno) for alias in node.names)


def imported_from(path: str, node: ast.ImportFrom) -> str:
    """Return the module from which a file imports."""
    package = PurePosixPath(path).parent.parts
    base = package[: len(package) - node.level + 1] if node.level else ()
    return ".".join([*base, *([node.module] if node.module else [])])


@lru_cache(maxsize=10_000)
def imports_of(path: str, data: bytes) -> Sequence[tuple[str, int]]:
    """Return the imports of a file; none if it has conflicts or is not Python."""
    with suppress(SyntaxError, ValueError):
        return tuple(imports(path, ast.parse(data if path.endswith(".py") else b"")))
    return ()


def sorted_imports(data: bytes) -> bytes:
    """Sort each block of imports as Ruff does: `import a` first, then `from a import b`, by module."""
    lines = data.splitlines(keepends=True)
    start = 0
    while start < len(lines):
        end = start
        while end < len(lines) and _IMPORT.match(lines[end]):
            end += 1
        lines[start:end] = sorted(lines[start:end], key=_import_order)
        start = end + 1
    return b"".join(lines)


def _import_order(line: bytes) -> tuple[bool, bytes]:
    words = line.split()
    return words[0] == b"from", words[1].lower()


def _parents(module: str) -> list[str]:
    parts = module.split(".")
    return [".".join(parts[:length]) for length in range(1, len(parts) + 1)]


class _Code:
    """A Python file in which modules get their new names.

    Args:
        modules: the moved modules.
        path: the file's path before.
        target: its path afterwards.
        text: its text.

    """

    def __init__(self, modules: Modules, path: str, target: str, text: str) -> None:
        self._modules, self._path, self._target, self._text = modules, path, target, text
        self._lines = text.split("\n")
        self._starts = [0, *accumulate(len(line) + 1 for line in self._lines)]

    def edits(self) -> Iterator[Edit]:
        """Return the edits of imports, strings, and the uses of modules that are imported whole."""
        importing: set[int] = set()
        whole: set[str] = set()
        for node in ast.walk(ast.parse(self._text)):
            match node:
                case ast.Import(names=names):
                    whole |= {alias.name.partition(".")[0] for alias in names if not alias.asname}
                    yield from map(self._imported, names)
                case ast.ImportFrom():
                    yield from self._from(node)
                case _:
                    continue
            importing |= set(range(node.lineno, (node.end_lineno or node.lineno) + 1))
        yield from self._mentions(importing, whole)

    def _imported(self, alias: ast.alias) -> Edit:
        start = self._place(alias.lineno, alias.col_offset)
        return start, start + len(alias.name), self._modules.renamed(alias.name)

    def _from(self, node: ast.ImportFrom) -> Iterator[Edit]:
        """Return the edits of an import; none if its modules are in several packages now."""
        source = imported_from(self._path, node)
        moved = [self._modules.renamed(f"{source}.{alias.name}").rpartition(".") for alias in node.names]
        package = moved[0][0]
        found = _FROM.match(self._text, self._place(node.lineno, node.col_offset))
        if not found or not package or any(other != package for other, _, _ in moved):
            return
        if package != imported_from(self._target, node):
            yield *found.span(1), package
        for alias, (_, _, name) in zip(node.names, moved, strict=True):
            if name != alias.name:
                start = self._place(alias.lineno, alias.col_offset)
                yield start, start + len(alias.name), name if alias.asname else f"{name} as {alias.name}"

    def _mentions(self, importing: set[int], whole: set[str]) -> Iterator[Edit]:
        """Return the edits of dotted names: in strings, and of modules that are imported whole."""
        before = ""
        for token in tokenize.generate_tokens(io.StringIO(self._text).readline):
            (line, column), (last, end) = token.start, token.end
            start = self._starts[line - 1] + column
            if token.type == tokenize.STRING and line not in importing:
                for found in _DOTTED.finditer(self._text[start : self._starts[last - 1] + end]):
                    yield start + found.start(), start + found.end(), self._modules.renamed(found[0])
            elif token.string in whole and before != "." and line not in importing:
                found = _DOTTED.match(self._text, start)
                if found:
                    yield *found.span(), self._modules.renamed(found[0])
            before = token.string

    def _place(self, line: int, column: int) -> int:
        """Return where a place is in the text; columns of syntax trees are in bytes."""
        before = self._lines[line - 1].encode()[:column].decode()
        return self._starts[line - 1] + len(before)
