"""Merges the template's changes into the files of a service."""

import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory

from trellis import git
from trellis.lifecycle.merge_lists import Piece, merge_lists
from trellis.lifecycle.rendered import Files
from trellis.lifecycle.service import ANSWERS

BEFORE, LAST, AFTER = "before updating", "last update", "after updating"
_SIZE = 41
"""The length of conflict markers during a merge: longer than any in the file itself."""
_MOST_CONFLICTS = 127
"""The highest exit code with which Git counts conflicts; errors are above."""


class _Markers:
    MINE, BASE, THEIRS, END = (mark * _SIZE for mark in (b"<", b"|", b"=", b">"))


@dataclass
class Merge:
    """The result of a merge.

    Args:
        written: the new and changed files, by path.
        removed: the paths of removed files.
        conflicts: the paths of files in which both sides changed the same lines, or that are not text.
        unapplied: the paths of files that the template changed and the user deleted.
        left_out: the paths of files that the template changed or made in a folder that the user deleted.

    """

    written: dict[str, bytes] = field(default_factory=dict)
    removed: list[str] = field(default_factory=list)
    conflicts: list[str] = field(default_factory=list)
    unapplied: list[str] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)


def merge(old: Files, mine: Files, new: Files) -> Merge:
    """Merge the template's changes into a service's files.

    Args:
        old: what the template rendered last.
        mine: the service's files.
        new: what the template renders now.

    """
    found, gone = Merge(), DeletedFolders(old, mine)
    for path in sorted(old.keys() | new.keys()):
        before, after = old.get(path), new.get(path)
        if before == after or (after is not None and after == mine.get(path)):
            continue
        if after is None:
            if path in mine:
                found.removed.append(path)
        elif path in mine and path != ANSWERS:
            merged = merge_file(path, before, mine[path], after)
            if merged.data != mine[path]:
                found.written[path] = merged.data
            if merged.conflict:
                found.conflicts.append(path)
        elif path in gone:
            found.left_out.append(path)
        elif before is not None and path != ANSWERS:
            found.unapplied.append(path)
        else:
            found.written[path] = after
    return found


class DeletedFolders:
    """The template's folders that the user deleted.

    Args:
        old: what the template rendered last.
        mine: the service's files.

    """

    def __init__(self, old: Files, mine: Files) -> None:
        kept = {parent for path in mine for parent in PurePosixPath(path).parents}
        self._folders = {PurePosixPath(path).parent for path in old} - kept
        self._packages = {folder for folder in self._folders if f"{folder}/__init__.py" in old}

    def __contains__(self, path: object) -> bool:
        """Tell whether a file lies in one of them; in a package at any depth."""
        parents = PurePosixPath(str(path)).parents
        return parents[0] in self._folders or any(parent in self._packages for parent in parents)

    def __iter__(self) -> Iterator[str]:
        """Return the folders that lie in no other one."""
        return (str(folder) for folder in sorted(self._folders) if not self._folders & {*folder.parents})


@dataclass(frozen=True)
class MergedFile:
    """A merged file: its content, and whether it has conflicts."""

    data: bytes
    conflict: bool = False


def merge_file(path: str, base: bytes | None, mine: bytes, theirs: bytes) -> MergedFile:
    """Merge a file from the three versions of it.

    Args:
        path: its path.
        base: what the template rendered last; None if it did not.
        mine: what the user has.
        theirs: what the template renders now.

    """
    if mine in (theirs, base):
        return MergedFile(theirs)
    if base == theirs:
        return MergedFile(mine)
    with TemporaryDirectory(prefix="trellis-merge-") as workshop:
        for name, data in (("mine", mine), ("base", base or b""), ("theirs", theirs)):
            Path(workshop, name).write_bytes(data)
        merged = _merge(workshop)
        if merged.returncode > _MOST_CONFLICTS:  # it is not text
            return MergedFile(mine, conflict=True)
        if merged.returncode and base is not None:
            pieces = _pieces(_merge(workshop, "--diff3", f"--marker-size={_SIZE}").stdout)
            listed = merge_lists(path, (base, mine, theirs), pieces)
            if listed is not None:
                return MergedFile(listed)
    return MergedFile(merged.stdout, conflict=bool(merged.returncode))


def _merge(workshop: str, *options: str) -> subprocess.CompletedProcess[bytes]:
    labels = [text for label in (BEFORE, LAST, AFTER) for text in ("-L", label)]
    command = [git.GIT, "merge-file", "--stdout", *options, *labels, "mine", "base", "theirs"]
    return subprocess.run(command, cwd=workshop, capture_output=True, check=False)


def _pieces(text: bytes) -> list[Piece]:
    """Return the merged and the conflicting pieces of a text with conflict markers."""
    pieces = [Piece()]
    side = pieces[0].mine
    for line in text.splitlines(keepends=True):
        match line[:_SIZE], line[_SIZE : _SIZE + 1]:
            case (_Markers.MINE, b" "):
                pieces.append(Piece(conflict=True))
                side = pieces[-1].mine
            case (_Markers.BASE, b" "):
                side = pieces[-1].base
            case (_Markers.THEIRS, b"\n" | b"\r"):
                side = pieces[-1].theirs
            case (_Markers.END, b" "):
                pieces.append(Piece())
                side = pieces[-1].mine
            case _:
                side.append(line)
    return pieces
