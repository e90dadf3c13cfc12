"""Brings a prepared step into a working copy, or takes it back.

This module runs as a program of its own, in a session of its own, so that what interrupts or kills Trellis
does not reach it; it imports nothing of Trellis. Its argument is the step's folder:

    journal.json  what the step does; while it exists, the step is under way
    new/          the files that the step brings, by their paths in the repository
    old/          takes up the files that they replace, until the step is done
    index         a copy of the repository's index, as it was
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
    """Bring the step into the working copy; the journal is removed at the end.

    Raises:
        OSError: a file cannot be written or moved.
        subprocess.CalledProcessError: Git does not take the new index.

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
    """Put everything back as it was before the step; the journal is removed at the end."""
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
        os.replace(step / "index", journal["index"])  # noqa: PTH105 (one file system, and atomic)
    (step / JOURNAL).unlink()


def read_journal(step: Path) -> dict[str, Any]:
    """Return what the step does."""
    journal: dict[str, Any] = json.loads(
        (step / JOURNAL).read_text(encoding="utf-8", errors="surrogateescape")
    )
    return journal


def _waits(step: Path, journal: dict[str, Any], name: str) -> bool:
    """Tell whether the file in the working copy is still the old one: an undoing was itself interrupted."""
    return name in journal["old"] and not os.path.lexists(step / "old" / name)


def _move(source: Path, target: Path) -> None:
    """Move a file, so that the target is whole at any moment, from one file system to another too."""
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        os.replace(source, target)  # noqa: PTH105 (replaces what is there)
    except OSError as error:
        if error.errno != 18:  # noqa: PLR2004 (EXDEV)
            raise
        part = target.with_name(f"{target.name}.trellis-part")
        shutil.copy2(source, part, follow_symlinks=False)
        os.replace(part, target)  # noqa: PTH105 (likewise)
        source.unlink()


def _remove_empty(path: Path, top: Path) -> None:
    """Remove the folders above a path that hold nothing any more, or compiled Python only."""
    for folder in path.parents:
        if (
            folder == top
            or not folder.is_dir()
            or any(child.name != "__pycache__" for child in folder.iterdir())
        ):
            return
        shutil.rmtree(folder)


def _tell_git(journal: dict[str, Any], top: Path) -> None:
    """Let `git diff` show the files that are new, and `git status` those in conflict."""
    if journal["conflicts"]:
        _git(["update-index", "--index-info"], "".join(f"{line}\n" for line in journal["conflicts"]), top)
    made = [name for name in journal["new"] if name not in set(journal["old"])]
    if made:
        command = ["add", "--intent-to-add", "--force", "--pathspec-from-file=-", "--pathspec-file-nul"]
        _git(["--literal-pathspecs", *command], "\0".join(made), top)


def _git(arguments: list[str], stdin: str, top: Path) -> None:
    command = [GIT, *arguments]
    subprocess.run(command, input=os.fsencode(stdin), cwd=top, check=True, capture_output=True)


if __name__ == "__main__":
    apply(Path(sys.argv[1]))
