"""A step is brought into the working copy whole or not at all, whatever happens meanwhile."""

import fcntl
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TextIO

from trellis.errors import BadInputError
from trellis.living import applying

PATIENCE = 5.0
"""For how many seconds a step waits for another one."""

_PAUSE = 0.05


@dataclass(frozen=True)
class Journal:
    """What a step does to a working copy.

    Args:
        top: the repository's folder.
        index: the repository's index.
        old: the files that it replaces or removes, by their paths below `top`.
        new: the files that it brings.
        conflicts: lines for `git update-index --index-info` that mark what is in conflict.

    """

    top: str
    index: str
    old: Sequence[str]
    new: Sequence[str]
    conflicts: Sequence[str]


@contextmanager
def locked(git_dir: Path) -> Iterator[Path]:
    """Keep other steps out of a repository, and put back one that was interrupted.

    Args:
        git_dir: the repository's `.git`.

    Yields:
        The folder in which a step is prepared; it is removed afterwards.

    Raises:
        BadInputError: another step is under way.

    """
    room = git_dir / "trellis"
    step = room / "step"
    room.mkdir(exist_ok=True)
    with (room / "lock").open("w") as lock:
        _wait_for(lock)
        _put_back(step)
        os.set_inheritable(lock.fileno(), True)  # noqa: FBT003 (so the program that applies holds it as well)
        try:
            yield step
        finally:
            _put_back(step)


def settle(git_dir: Path) -> None:
    """Put back a step that was interrupted; write nothing if there is none.

    Args:
        git_dir: the repository's `.git`.

    """
    if (git_dir / "trellis" / "step" / applying.JOURNAL).is_file():
        with locked(git_dir):
            pass


def _wait_for(lock: TextIO) -> None:
    """Take a lock; a step whose command was killed holds it until its files are in place."""
    for _ in range(int(PATIENCE / _PAUSE)):
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            time.sleep(_PAUSE)
        else:
            return
    raise BadInputError(
        "another Trellis command is changing this repository",
        "wait until it is done",
        code="step_in_progress",
    )


def bring(step: Path, journal: Journal) -> None:
    """Bring a prepared step into the working copy.

    Args:
        step: its folder, with the files that it brings in `new/`.
        journal: what it does.

    Raises:
        OSError: it cannot be brought; everything is as it was.

    """
    if Path(journal.index).is_file():
        shutil.copy2(journal.index, step / "index")
    waiting = step / "waiting.json"
    text = json.dumps(asdict(journal), ensure_ascii=False)
    waiting.write_text(text, encoding="utf-8", errors="surrogateescape")
    waiting.rename(step / applying.JOURNAL)
    reason = _carried_out([sys.executable, "-I", "-S", applying.__file__, str(step)])
    if reason:
        _put_back(step)
        raise OSError(f"the step could not be brought into the working copy: {reason}")


def _carried_out(command: Sequence[str]) -> str | None:
    """Run a program to its end, even if this process is interrupted; return why it failed, if it did."""
    with subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        close_fds=False,
    ) as process:
        while True:
            try:
                _, told = process.communicate()
            except (KeyboardInterrupt, SystemExit):
                continue
            lines = told.strip().splitlines()
            return (lines[-1] if lines else "it was ended") if process.returncode else None


def _put_back(step: Path) -> None:
    if (step / applying.JOURNAL).is_file():
        applying.undo(step)
    shutil.rmtree(step, ignore_errors=True)
