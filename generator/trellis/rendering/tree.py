"""The files and folders of a service."""

import hashlib
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path


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


TreeFiles = Mapping[str, File]
"""Files with their modes, by their paths with `/`."""


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
