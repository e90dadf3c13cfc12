"""The part of a tree that a check reads; trees with equal parts share one run."""

import functools
import json
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from pathspec import PathSpec, Pattern

from trellis.proof.combinations import Combination
from trellis.proof.rendering import File, Tree, write_files

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


@dataclass(eq=False)
class Case:
    """One distinct input of a check.

    Args:
        files: the input.
        example: the first combination with it.
        sharing: the number of combinations with it.

    """

    files: Mapping[str, File]
    example: Combination
    sharing: int = 0

    def write(self, folder: Path, store: Path | None = None) -> Path:
        """Write the input into a folder and return the folder; `store` is as in `write_files`."""
        write_files(self.files, folder, store)
        return folder


@dataclass
class Cases:
    """The distinct inputs of one check, in the order of the combinations.

    Args:
        reads: what the check reads.
        file_by_file: the check reads each file by itself, with the same settings.

    """

    reads: Reads
    file_by_file: bool = False
    _cases: dict[object, Case] = field(default_factory=dict)

    def add(self, combination: Combination, tree: Tree) -> None:
        """Add the input that this combination's tree has for the check, if any."""
        files = self.reads.of(tree)
        for part in self._parts(files) if self.file_by_file or not files else [files]:
            key = tuple((name, file.id) for name, file in part.items())
            self._cases.setdefault(key, Case(part, combination)).sharing += 1

    def __len__(self) -> int:
        """Return how many distinct inputs there are."""
        return len(self._cases)

    def __iter__(self) -> Iterator[Case]:
        """Iterate over the distinct inputs."""
        return iter(self._cases.values())

    def _parts(self, files: Mapping[str, File]) -> Iterable[dict[str, File]]:
        if not self.reads.tables:
            return ({name: file} for name, file in files.items())
        settings = {PROJECT: files[PROJECT]} if PROJECT in files else {}
        return ({name: file, **settings} for name, file in files.items() if name != PROJECT)


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
