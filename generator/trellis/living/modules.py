"""Module names in Python files, and their new names where the user moved the modules."""

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

from trellis.living.rendering import Files

_IN_STRING = re.compile(r"(?<![\w./-])()([A-Za-z_]\w*(?:\.[A-Za-z_]\w*)+)")
_IN_IMPORT = re.compile(r"^([ \t]*(?:from|import)[ ]+)(\w+(?:\.\w+)*)", re.MULTILINE)
_IMPORT = re.compile(rb"(?:from|import) [^.\s].*[^(\\\s]\s*$")


@dataclass(frozen=True)
class Modules:
    """The modules that the user renamed.

    Args:
        names: their new names, by the template's names.

    """

    names: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, place: Callable[[str], str], paths: Iterable[str], now: Files) -> "Modules":
        """Find the modules that have new names.

        Args:
            place: returns where a file of the template belongs in the service.
            paths: the template's files.
            now: the service's files; one of them must import a module or its package by the new name.

        """
        names = {}
        for path in paths:
            old, new = module_of(path), module_of(place(path))
            if path.endswith(".py") and old != new:
                names[old] = new
        if not names:
            return cls()
        used = {name for path, data in now.items() for name, _ in imports_of(path, data)}
        return cls({old: new for old, new in names.items() if new in used or _package(new) in used})

    def translate(self, path: str, data: bytes) -> bytes:
        """Return a file of the template with the new names of modules in its imports and strings."""
        if not path.endswith(".py") or not any(name.encode() in data for name in self.names):
            return data
        try:
            text = data.decode()
            spans = sorted(_spans(text), key=lambda span: span[0], reverse=True)
        except (UnicodeDecodeError, SyntaxError, ValueError, tokenize.TokenError):
            return data
        for start, end, names in spans:
            text = text[:start] + names.sub(self._renamed, text[start:end]) + text[end:]
        return text.encode()

    def _renamed(self, match: re.Match[str]) -> str:
        before, name = match.groups()
        parts = name.split(".")
        for length in range(len(parts), 0, -1):
            known = ".".join(parts[:length])
            if known in self.names:
                return before + ".".join([self.names[known], *parts[length:]])
        return match[0]


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


def _package(module: str) -> str:
    return module.rpartition(".")[0] or module


def _parents(module: str) -> list[str]:
    parts = module.split(".")
    return [".".join(parts[:length]) for length in range(1, len(parts) + 1)]


def _spans(text: str) -> Iterator[tuple[int, int, re.Pattern[str]]]:
    """Return where imports and strings begin and end, and what the names of modules look like there."""
    starts = [0, *accumulate(len(line) + 1 for line in text.split("\n"))]
    importing: set[int] = set()
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import | ast.ImportFrom):
            end = node.end_lineno or node.lineno
            importing |= set(range(node.lineno, end + 1))
            yield starts[node.lineno - 1], starts[end], _IN_IMPORT
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type == tokenize.STRING and token.start[0] not in importing:
            (first, before), (last, after) = token.start, token.end
            yield starts[first - 1] + before, starts[last - 1] + after, _IN_STRING
