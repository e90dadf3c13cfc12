"""Renders the tree of files of each combination; equal files are rendered once."""

import hashlib
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from jinja2 import TemplateError
from pathspec import PathSpec, Pattern

from trellis.proof.combinations import BadTemplateError, Combination
from trellis.proof.memo import Memo
from trellis.proof.source import Source

if TYPE_CHECKING:
    from trellis.proof.inputs import Reads


@dataclass(frozen=True, slots=True)
class File:
    """The content and mode of a file; equal files have the same `id`."""

    data: bytes
    mode: int
    id: str

    @classmethod
    def of(cls, data: bytes, mode: int = 0o644) -> "File":
        """Return the file with this content and mode."""
        return cls(data, mode, hashlib.sha256(b"%o " % mode + data).hexdigest()[:20])


@dataclass(frozen=True, slots=True)
class Broken:
    """Stands for a file that could not be rendered."""

    reason: str


@dataclass(frozen=True, slots=True)
class Tree:
    """The files and folders of a service, by paths with `/` relative to its folder."""

    files: Mapping[str, File]
    folders: frozenset[str]
    broken: Mapping[str, Broken]

    @property
    def id(self) -> int:
        """Return a number that is the same for equal trees."""
        return hash((frozenset((path, file.id) for path, file in self.files.items()), self.folders))

    @property
    def empty_folders(self) -> list[str]:
        """Return the folders without files and folders."""
        held = {name.rpartition("/")[0] for name in (*self.files, *self.broken, *self.folders)}
        return sorted(self.folders - held)

    @classmethod
    def read(cls, folder: Path) -> "Tree":
        """Return the tree of a folder."""
        paths = {path.relative_to(folder).as_posix(): path for path in folder.rglob("*")}
        files = {
            name: File.of(path.read_bytes(), path.stat().st_mode & 0o7777)
            for name, path in paths.items()
            if path.is_file()
        }
        return cls(files, frozenset(name for name, path in paths.items() if path.is_dir()), {})

    def difference(self, other: "Tree") -> list[str]:
        """Return the paths that differ between two trees, in content, mode or existence."""
        names = self.files.keys() | other.files.keys()
        return sorted(
            {name for name in names if self.files.get(name) != other.files.get(name)}
            | (self.folders ^ other.folders)
        )


def write_files(files: Mapping[str, File], folder: Path, store: Path | None = None) -> None:
    """Write files below a folder, each with its mode.

    Args:
        files: the files, by their paths.
        folder: where to.
        store: a folder in which each distinct file is kept once; those written are links to these, and
            nobody may change them.

    """
    for parent in {os.path.dirname(name) for name in files}:  # noqa: PTH120 (many names)
        (folder / parent).mkdir(parents=True, exist_ok=True)
    for name, file in files.items():
        path = os.path.join(folder, name)  # noqa: PTH118 (many names)
        if store is None:
            _write_file(file, path)
            continue
        kept = os.path.join(store, file.id)  # noqa: PTH118 (many names)
        if not os.path.exists(kept):  # noqa: PTH110 (many names)
            _write_file(file, kept)
        os.link(kept, path)


def _write_file(file: File, path: str | Path) -> None:
    with open(path, "wb") as target:  # noqa: PTH123 (many names)
        target.write(file.data)
    os.chmod(path, file.mode)  # noqa: PTH101 (many names)


def _literal_paths(item: str) -> list[str]:
    """Return all patterns that an item of `_exclude` may give."""
    lines = [line.strip() for line in re.sub(r"{%.*?%}", "", item, flags=re.DOTALL).splitlines()]
    quoted = [text for line in lines if "{{" in line for text in re.findall(r"'([^']*)'", line)]
    return [line for line in lines if line and "{{" not in line] + quoted


class Renderer:
    """Renders combinations of a template as Copier does.

    Raises:
        BadTemplateError: the template has Jinja in a path, or two files for one path; the proof supports
            neither.

    """

    def __init__(self, source: Source) -> None:
        self._source = source
        self._exclusions = [Memo(partial(self._patterns, text)) for text in source.exclusions]
        self._copied: dict[str, File] = {}
        self._rendered: dict[str, Memo[Combination, File | Broken]] = {}
        self._folders: list[str] = []
        self._visible: dict[tuple[str, ...], tuple[list[str], list[str], frozenset[str]]] = {}
        for path in sorted(source.project.rglob("*")):
            self._add(path)

    def tree(self, combination: Combination) -> Tree:
        """Return the combination's tree; equal files of earlier trees are not rendered again."""
        copied, templates, folders = self._visible_for(combination)
        files = {name: self._copied[name] for name in copied}
        broken = {}
        for name in templates:
            rendered = self._rendered[name](combination)
            if isinstance(rendered, File):
                files[name] = rendered
            else:
                broken[name] = rendered
        return Tree(files, folders, broken)

    def part(self, combination: Combination, reads: "Reads") -> dict[str, File]:
        """Return the files of the combination's tree that a check reads; others are not rendered."""
        copied, templates, _ = self._visible_for(combination)
        rendered = {name: self._rendered[name](combination) for name in templates if reads.includes(name)}
        files = {name: self._copied[name] for name in copied if reads.includes(name)}
        return files | {name: file for name, file in rendered.items() if isinstance(file, File)}

    def names(self, reads: "Reads") -> frozenset[str]:
        """Return the names that the files of a check, and the rules that exclude them, have read so far.

        The names that `pyproject.toml` reads count only for a check of that file as a whole.
        """
        found: set[str] = set()
        for name, memo in self._rendered.items():
            if reads.includes(name):
                found |= memo.names
        paths = [name for name in (*self._copied, *self._rendered) if reads.includes(name)]
        for text, memo in zip(self._source.exclusions, self._exclusions, strict=True):
            left_out = PathSpec.from_lines("gitignore", _literal_paths(text))
            if any(map(left_out.match_file, paths)):
                found |= memo.names
        return frozenset(found)

    def renderings(self) -> dict[str, int]:
        """Return how often each file was rendered so far; 1 for copied files."""
        counts = {name: sum(1 for _ in memo) for name, memo in self._rendered.items()}
        return {**dict.fromkeys(self._copied, 1), **counts}

    def _add(self, path: Path) -> None:
        name = path.relative_to(self._source.project).as_posix()
        if "{{" in name or "{%" in name:
            raise BadTemplateError(f"{name}: the proof does not support Jinja in paths; use _exclude")
        if path.is_dir():
            self._folders.append(name)
            return
        mode = path.stat().st_mode & 0o7777
        clean = name.removesuffix(self._source.suffix)
        if clean in self._copied or clean in self._rendered:
            raise BadTemplateError(f"{clean}: there are two files for this path")
        if clean == name:
            self._copied[name] = File.of(path.read_bytes(), mode)
        else:
            self._rendered[clean] = Memo(partial(self._render, path.relative_to(self._source.root), mode))

    def _render(self, path: Path, mode: int, combination: Combination) -> tuple[File | Broken, list[str]]:
        reads: list[str] = []
        try:
            data = self._source.render_file(path, combination.values, combination.hidden, reads)
        except TemplateError as error:
            message = str(error).replace(str(self._source.root), ".")
            return Broken(f"{path.as_posix()}: {message}"), reads
        return File.of(data, mode), reads

    def _patterns(self, text: str, combination: Combination) -> tuple[list[str], list[str]]:
        reads: list[str] = []
        return (
            self._source.render_exclusion(text, combination.values, combination.hidden, reads)
            .decode()
            .splitlines(),
            reads,
        )

    def _visible_for(self, combination: Combination) -> tuple[list[str], list[str], frozenset[str]]:
        patterns = tuple(line for memo in self._exclusions for line in memo(combination))
        if patterns not in self._visible:
            self._visible[patterns] = self._left_in(PathSpec.from_lines("gitignore", patterns))
        return self._visible[patterns]

    def _left_in(self, left_out: PathSpec[Pattern]) -> tuple[list[str], list[str], frozenset[str]]:
        return (
            [name for name in self._copied if not left_out.match_file(name)],
            [name for name in self._rendered if not left_out.match_file(name)],
            frozenset(name for name in self._folders if not left_out.match_file(name)),
        )
