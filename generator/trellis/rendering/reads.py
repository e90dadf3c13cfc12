"""The part of a tree that a check reads."""

import functools
import json
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass

from pathspec import PathSpec

from trellis.rendering.tree import File, Tree

PROJECT = "pyproject.toml"


@dataclass(frozen=True)
class Reads:
    """The files that a check reads. Its folder has no others, so a wrong declaration shows.

    Args:
        paths: patterns of files, as in `.gitignore`.
        tables: dotted names of tables and keys of `pyproject.toml`; the file is reduced to them.

    """

    paths: tuple[str, ...]
    tables: tuple[str, ...] = ()

    @functools.cached_property
    def _known(self) -> "_Known":
        return _Known(self.paths)

    def of(self, tree: Tree) -> dict[str, File]:
        """Return the files of this tree that the check reads, in the order of their paths."""
        files = {name: tree.files[name] for name in sorted(filter(self._known.__getitem__, tree.files))}
        if self.tables and PROJECT in tree.files:
            files[PROJECT] = reduced(tree.files[PROJECT], self.tables)
        return files

    def includes(self, name: str) -> bool:
        """Tell whether the check reads the whole file at this path."""
        return self._known[name]


class _Known(dict[str, bool]):
    """The paths that were asked for so far, and whether patterns match them."""

    def __init__(self, patterns: Iterable[str]) -> None:
        super().__init__()
        self._patterns = PathSpec.from_lines("gitignore", patterns)

    def __missing__(self, name: str) -> bool:
        self[name] = self._patterns.match_file(name)
        return self[name]


@functools.cache
def reduced(project: File, tables: tuple[str, ...]) -> File:
    """Return a `pyproject.toml` with only these tables and keys; unchanged if it is not valid TOML."""
    content = _content(project)
    if content is None:
        return project
    kept: dict[str, object] = {}
    for table in tables:
        _keep(content, kept, table.split("."))
    return File.of("".join(f"{json.dumps(key)} = {toml(value)}\n" for key, value in kept.items()).encode())


@functools.cache
def _content(project: File) -> dict[str, object] | None:
    """Return the content of a TOML file; None if it is not valid."""
    try:
        return tomllib.loads(project.data.decode())
    except (tomllib.TOMLDecodeError, UnicodeDecodeError):
        return None


def toml(value: object) -> str:
    """Return a value as TOML, with inline tables (strings and numbers are as in JSON)."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{json.dumps(key)} = {toml(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(toml, value)) + "]"
    return json.dumps(value, ensure_ascii=False)


def _keep(content: object, kept: dict[str, object], names: list[str]) -> None:
    name, *rest = names
    if not isinstance(content, dict) or name not in content:
        return
    if not rest:
        kept[name] = content[name]
        return
    inner = kept.setdefault(name, {})
    if isinstance(inner, dict):
        _keep(content[name], inner, rest)
