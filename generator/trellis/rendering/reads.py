"""The part of a tree that a check reads."""

import functools
import json
import tomllib
from dataclasses import dataclass

from pathspec import PathSpec, Pattern

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
    def _pattern(self) -> PathSpec[Pattern]:
        return PathSpec.from_lines("gitignore", self.paths)

    @functools.cached_property
    def _known(self) -> dict[str, bool]:
        return {}

    def of(self, tree: Tree) -> dict[str, File]:
        """Return the files of this tree that the check reads, in the order of their paths."""
        files = {name: tree.files[name] for name in sorted(tree.files) if self.includes(name)}
        if self.tables and PROJECT in tree.files:
            files[PROJECT] = reduced(tree.files[PROJECT], self.tables)
        return files

    def includes(self, name: str) -> bool:
        """Tell whether the check reads the whole file at this path."""
        if name not in self._known:
            self._known[name] = self._pattern.match_file(name)
        return self._known[name]


@functools.cache
def reduced(project: File, tables: tuple[str, ...]) -> File:
    """Return a `pyproject.toml` with only these tables and keys; unchanged if it is not valid TOML."""
    try:
        content = tomllib.loads(project.data.decode())
    except (tomllib.TOMLDecodeError, UnicodeDecodeError):
        return project
    kept: dict[str, object] = {}
    for table in tables:
        _keep(content, kept, table.split("."))
    return File.of("".join(f"{json.dumps(key)} = {toml(value)}\n" for key, value in kept.items()).encode())


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
