"""Applies a prepared step to a working copy, or undoes it.

This module runs as a separate program in its own session, so that it survives an interruption of Trellis.
It imports nothing from Trellis. Its argument is the step's folder:

    journal.json  what the step does; it exists while the step is in progress
    new/          the new files, by their paths in the repository
    old/          the replaced files, until the step is done
    index         a copy of the repository's index before the step
"""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

GIT = "git"
JOURNAL = "journal.json"


def apply(step: Path) -> None:
    """Apply the step to the working copy, then remove the journal.

    Raises:
        OSError: a file could not be written or moved, or Git refuses the new index.

    """
    journal = read_journal(step)
    top = Path(journal["top"])
    for name in journal["old"]:
        _move(top / name, step / "old" / name)
    for name in journal["new"]:
        _move(step / "new" / name, top / name)
    for name in journal["old"]:
        _remove_empty(top / name, top)
    _tell_git(journal, top)
    (step / JOURNAL).unlink()


def undo(step: Path) -> None:
    """Restore everything as it was before the step, then remove the journal."""
    journal = read_journal(step)
    top = Path(journal["top"])
    for name in journal["new"]:
        if not os.path.lexists(step / "new" / name) and not _waits(step, journal, name):
            (top / name).unlink(missing_ok=True)
            _remove_empty(top / name, top)
    for name in journal["old"]:
        if os.path.lexists(step / "old" / name):
            _move(step / "old" / name, top / name)
    if (step / "index").is_file():
        os.replace(step / "index", journal["index"])  # noqa: PTH105 (atomic: it is the same file system)
    (step / JOURNAL).unlink()


def read_journal(step: Path) -> dict[str, Any]:
    """Return what the step does."""
    journal: dict[str, Any] = json.loads(
        (step / JOURNAL).read_text(encoding="utf-8", errors="surrogateescape")
    )
    return journal


def _waits(step: Path, journal: dict[str, Any], name: str) -> bool:
    """Tell whether the working copy still has the old file, because an undo was interrupted."""
    return name in journal["old"] and not os.path.lexists(step / "old" / name)


def _move(source: Path, target: Path) -> None:
    """Move a file, also to another file system; the target is complete at any moment."""
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        os.replace(source, target)  # noqa: PTH105 (it replaces the target)
    except OSError as error:
        if error.errno != 18:  # noqa: PLR2004 (EXDEV)
            raise
        part = target.with_name(f"{target.name}.trellis-part")
        shutil.copy2(source, part, follow_symlinks=False)
        os.replace(part, target)  # noqa: PTH105 (likewise)
        source.unlink()


def _remove_empty(path: Path, top: Path) -> None:
    """Remove the parents of a path that are empty, or contain only compiled Python."""
    for folder in path.parents:
        if (
            folder == top
            or not folder.is_dir()
            or any(child.name != "__pycache__" for child in folder.iterdir())
        ):
            return
        shutil.rmtree(folder)


def _tell_git(journal: dict[str, Any], top: Path) -> None:
    """Let `git diff` show the new files, and `git status` the conflicts."""
    if journal["conflicts"]:
        _git(["update-index", "--index-info"], "".join(f"{line}\n" for line in journal["conflicts"]), top)
    made = [name for name in journal["new"] if name not in set(journal["old"])]
    if made:
        command = ["add", "--intent-to-add", "--force", "--pathspec-from-file=-", "--pathspec-file-nul"]
        _git(["--literal-pathspecs", *command], "\0".join(made), top)


def _git(arguments: list[str], stdin: str, top: Path) -> None:
    command = [GIT, *arguments]
    done = subprocess.run(command, input=os.fsencode(stdin), cwd=top, check=False, capture_output=True)
    if done.returncode:
        reason, *_ = os.fsdecode(done.stderr).strip().splitlines() or [f"git {arguments[0]} failed"]
        raise OSError(reason)


if __name__ == "__main__":
    apply(Path(sys.argv[1]))
