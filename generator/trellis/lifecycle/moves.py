"""Finds files that were moved or renamed, by Git's rename detection."""

import subprocess
from collections import Counter
from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory

from trellis import git
from trellis.lifecycle.modules import Modules
from trellis.lifecycle.rendered import Files
from trellis.output import Model

_RENAMES = ("diff", "--no-index", "--find-renames", "-l0", "--diff-filter=R")
_LEAST = 3
"""Git must have found one of so many files of a folder before the others are looked for by their names."""
_FIFTH = 5
"""A file with less than a fifth of the template's lines may be another one."""
_ROUNDS = 3
"""How often to search: renamed imports of a first move reveal further moves."""


@dataclass(frozen=True, kw_only=True)
class Move(Model):
    """A file or folder of the template that you or the template moved."""

    old: str
    new: str


@dataclass(frozen=True)
class Moves:
    """Where the template's files are in a service.

    Args:
        files: the new path of each file that was moved, by the template's path.
        folders: the new path of each folder that was moved as a whole, likewise.

    """

    files: Mapping[str, str] = field(default_factory=dict)
    folders: Mapping[str, str] = field(default_factory=dict)

    def place(self, path: str) -> str:
        """Return where a file of the template belongs in the service."""
        if path in self.files:
            return self.files[path]
        for parent in PurePosixPath(path).parents:
            if str(parent) in self.folders:
                return str(PurePosixPath(self.folders[str(parent)], PurePosixPath(path).relative_to(parent)))
        return path

    @property
    def pairs(self) -> list[tuple[str, str]]:
        """The old and the new path of each folder that was moved, and of each other file."""
        folders = Moves(folders=self.folders)
        others = [(old, new) for old, new in sorted(self.files.items()) if folders.place(old) != new]
        return [(f"{old}/", f"{new}/") for old, new in sorted(self.folders.items())] + others


def find_moves(rendered: Files, now: Files) -> Moves:
    """Find the template's files that the user moved.

    Args:
        rendered: what the template renders for the service's answers.
        now: the service's files.

    """
    moves = Moves()
    absent = {path for path in rendered if path not in now or _is_another(rendered[path], now[path])}
    for _ in range(_ROUNDS):
        missing = {path: rendered[path] for path in absent - moves.files.keys()}
        taken = {*moves.files.values(), *(rendered.keys() - absent)}
        others = {path: data for path, data in now.items() if path not in taken}
        if not missing or not others:
            break
        modules = Modules.of(moves.place, rendered, now)
        translated = {
            path: modules.translate(path, data, moves.place(path)) for path, data in missing.items()
        }
        files = {**moves.files, **_renames(translated, others)}
        free = others.keys() - set(files.values())
        files |= _moved_along(missing.keys() - files.keys(), free, _winners(files, rendered, now))
        if files == moves.files:
            break
        moves = Moves(files, _folders(files, rendered, now))
    return moves


def _is_another(rendered: bytes, now: bytes) -> bool:
    """Tell whether a file has so little of the template's that it may have taken the place of a moved one."""
    lines = {line for line in rendered.splitlines() if line.strip()}
    return rendered != now and len(lines & {*now.splitlines()}) * _FIFTH < len(lines)


def _renames(missing: Files, others: Files) -> dict[str, str]:
    """Let Git find which of the missing files are among the others."""
    with TemporaryDirectory(prefix="trellis-moves-") as workshop:
        for side, files in (("old", missing), ("new", others)):
            Path(workshop, side, side).mkdir(parents=True)  # so that no file has the same path in both
            for path, data in files.items():
                if not data:
                    continue  # all empty files are alike
                target = Path(workshop, side, side, path)
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes(data)
        done = subprocess.run(
            [git.GIT, "-c", "core.quotePath=false", *_RENAMES, "--name-status", "-z", "old", "new"],
            cwd=workshop,
            capture_output=True,
            check=False,
        )
    fields = done.stdout.decode(errors="surrogateescape").split("\0")[:-1]
    found = {
        old.removeprefix("old/old/"): new.removeprefix("new/new/")
        for old, new in zip(fields[1::3], fields[2::3], strict=True)
    }
    return {old: new for old, new in found.items() if old != new}


def _moved_along(
    missing: Iterable[str], others: AbstractSet[str], folders: Mapping[str, str]
) -> dict[str, str]:
    """Return the files that lie in a moved folder under their old names, however much they changed."""
    places = Moves(folders=folders)
    found = {path: places.place(path) for path in missing}
    return {path: place for path, place in found.items() if place in others and place != path}


def _folders(files: Mapping[str, str], rendered: Files, now: Files) -> dict[str, str]:
    """Return the folders of which nothing of the template's stays in its place."""
    stay = {parent for path in rendered.keys() & now.keys() - files.keys() for parent in _parents(path)}
    return {old: new for old, new in _winners(files, rendered, now).items() if old not in stay}


def _winners(files: Mapping[str, str], rendered: Files, now: Files) -> dict[str, str]:
    """Return where each folder went.

    More than half of what the template has in it must be there, under its name or as Git found it, and Git
    must have found a third.
    """
    candidates = {move for old, new in files.items() if (move := _folder_move(old, new))}
    sizes = Counter(parent for path, data in rendered.items() if data for parent in _parents(path))
    found = {move: _Support() for move in candidates}
    for path in (path for path, data in rendered.items() if data):
        for (old, new), support in found.items():
            if old in _parents(path):
                place = Moves(folders={old: new}).place(path)
                moved = path in files and new in _parents(files[path])
                support.similar += moved
                support.there += moved or (place in now and place not in rendered)
    return {
        old: new
        for (old, new), support in found.items()
        if 2 * support.there > sizes[old] and _LEAST * support.similar >= sizes[old]
    }


@dataclass
class _Support:
    """How many files of a folder are in another: those that Git found, and all with the same names."""

    similar: int = 0
    there: int = 0


def _parents(path: str) -> list[str]:
    return [str(parent) for parent in PurePosixPath(path).parents]


def _folder_move(old: str, new: str) -> tuple[str, str] | None:
    """Return which folder a file went with, and where to: the last one on its way that has another name."""
    before, after = PurePosixPath(old).parent.parts, PurePosixPath(new).parent.parts
    if before == after or not before:
        return None
    common = 0
    if PurePosixPath(old).name == PurePosixPath(new).name:
        while common < min(len(before) - 1, len(after)) and before[-1 - common] == after[-1 - common]:
            common += 1
    return "/".join(before[: len(before) - common]), "/".join(after[: len(after) - common]) or "."
