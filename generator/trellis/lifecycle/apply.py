"""Applies a step to the working copy of its service."""

import os
import shlex
from pathlib import Path

from trellis.errors import BadInputError
from trellis.git import git
from trellis.lifecycle.sandbox import objects_of
from trellis.lifecycle.service import link_above
from trellis.lifecycle.step import Step
from trellis.lifecycle.transaction import Journal, bring


def apply_step(step: Step, room: Path) -> None:
    """Apply a step to the working copy of its service.

    Args:
        step: the step.
        room: the folder in the repository to prepare it in, from `journal.locked`.

    Raises:
        BadInputError: a file that Git does not track is in the way.
        OSError: it could not be applied; nothing was changed.

    """
    service, prefix = step.service, step.service.prefix
    kept = [change for change in step.changes if change.kind != "D"]
    _refuse_in_the_way(step)
    (room / "new").mkdir(parents=True)
    (room / "old").mkdir()
    entries = "".join(f"{change.mode} {change.blob} 0\t{prefix}{change.path}\0" for change in kept)
    variables = {
        "GIT_INDEX_FILE": str(room / "new.index"),
        "GIT_ALTERNATE_OBJECT_DIRECTORIES": str(objects_of(step.copy)),
    }
    git(service.top, "update-index", "-z", "--index-info", stdin=os.fsencode(entries), variables=variables)
    git(service.top, "checkout-index", "--all", f"--prefix={room / 'new'}/", variables=variables)
    journal = Journal(
        top=str(service.top),
        index=git(service.top, "rev-parse", "--path-format=absolute", "--git-path", "index").rstrip("\n"),
        old=[prefix + change.path for change in step.changes if change.kind != "A"],
        new=[prefix + change.path for change in kept],
        conflicts=_unmerged_in_service(step),
    )
    bring(room, journal)


def _refuse_in_the_way(step: Step) -> None:
    service = step.service
    for path in step.paths("A"):
        if os.path.lexists(service.folder / path):
            raise BadInputError(
                f"{path} is in the way of a new file, and Git ignores it",
                "move it away",
                code="file_in_the_way",
            )
    for change in step.changes:
        if link := link_above(change.path, service.folder):
            raise BadInputError(
                f"{link} is a symbolic link that Git ignores, and files would be written through it",
                "replace it by a folder",
                code="symbolic_link",
            )
    for entry in git(service.folder, "ls-files", "-v", "-z", "--", ".").split("\0")[:-1]:
        mark, _, path = entry.partition(" ")
        if mark not in ("H", "?") and any(change.path == path for change in step.changes):
            raise BadInputError(
                f"{path} is hidden from git status",
                f"show it: git update-index --no-assume-unchanged --no-skip-worktree {shlex.quote(path)}",
                code="uncommitted_changes",
            )


def _unmerged_in_service(step: Step) -> list[str]:
    """Return the index lines that mark the conflicts; store the contents in the repository."""
    lines = [f"0 {'0' * 40}\t{step.service.prefix}{path}" for path in step.marked]
    for line in step.unmerged:
        about, _, path = line.partition("\t")
        mode, blob, stage = about.split()
        content = os.fsencode(git(step.copy, "cat-file", "blob", blob))
        git(step.service.top, "hash-object", "-w", "--stdin", stdin=content)
        lines.append(f"{mode} {blob} {stage}\t{step.service.prefix}{path}")
    return lines
