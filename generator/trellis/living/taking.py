"""A step, brought into the working copy of its service."""

import os
from pathlib import Path

from trellis.errors import BadInputError
from trellis.git import git
from trellis.living.journal import Journal, bring
from trellis.living.service import link_above
from trellis.living.step import Step, objects_of


def take(step: Step, room: Path) -> None:
    """Bring a step into the working copy of its service.

    Args:
        step: the step.
        room: the folder in the repository where it is prepared; `journal.locked` gives it.

    Raises:
        BadInputError: something that Git does not know of is in its way.
        OSError: it cannot be brought; everything is as it was.

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
                f"{path} is in the way of a file that the step makes; Git ignores it; move it away"
            )
    for change in step.changes:
        if link := link_above(change.path, service.folder):
            raise BadInputError(
                f"{link} is a symbolic link that Git ignores; the step does not write through it"
            )
    for entry in git(service.folder, "ls-files", "-v", "-z", "--", ".").split("\0")[:-1]:
        mark, _, path = entry.partition(" ")
        if mark not in ("H", "?") and any(change.path == path for change in step.changes):
            raise BadInputError(
                f"{path} is hidden from git status; show it first: "
                f"git update-index --no-assume-unchanged --no-skip-worktree {path}"
            )


def _unmerged_in_service(step: Step) -> list[str]:
    """Return the lines that mark the conflicts in the index; put the contents into the repository."""
    lines = [f"0 {'0' * 40}\t{step.service.prefix}{path}" for path in step.conflicts]
    for line in step.unmerged:
        about, _, path = line.partition("\t")
        mode, blob, stage = about.split()
        content = os.fsencode(git(step.copy, "cat-file", "blob", blob))
        git(step.service.top, "hash-object", "-w", "--stdin", stdin=content)
        lines.append(f"{mode} {blob} {stage}\t{step.service.prefix}{path}")
    return lines
