"""Applies a step to the working copy completely or not at all, even if it is interrupted."""

import fcntl
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TextIO

from trellis.errors import BadInputError
from trellis.lifecycle import apply_transaction

PATIENCE = 5.0
"""Seconds to wait for another step."""

_PAUSE = 0.05


@dataclass(frozen=True)
class Journal:
    """What a step does to a working copy.

    Args:
        top: the repository's folder.
        index: the repository's index.
        old: the files that it replaces or removes, by their paths below `top`.
        new: the files that it writes.
        conflicts: lines for `git update-index --index-info` that mark the conflicts.

    """

    top: str
    index: str
    old: Sequence[str]
    new: Sequence[str]
    conflicts: Sequence[str]


@contextmanager
def locked(git_dir: Path) -> Generator[Path]:
    """Lock a repository against other steps, and undo an interrupted one.

    Args:
        git_dir: the repository's `.git`.

    Yields:
        The folder to prepare the step in; it is removed afterwards.

    Raises:
        BadInputError: another step is in progress.

    """
    room = git_dir / "trellis"
    step = room / "step"
    room.mkdir(exist_ok=True)
    with (room / "lock").open("w") as lock:
        _wait_for(lock)
        _put_back(step)
        os.set_inheritable(lock.fileno(), True)  # noqa: FBT003 (the program that applies the step keeps the lock, too)
        try:
            yield step
        finally:
            _put_back(step)


def settle(git_dir: Path) -> None:
    """Undo an interrupted step; write nothing if there is none.

    Args:
        git_dir: the repository's `.git`.

    """
    if (git_dir / "trellis" / "step" / apply_transaction.JOURNAL).is_file():
        with locked(git_dir):
            pass


def _wait_for(lock: TextIO) -> None:
    """Take the lock. A step whose command was killed holds it until its files are in place."""
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
    """Apply a prepared step to the working copy.

    Args:
        step: its folder, with the new files in `new/`.
        journal: what it does.

    Raises:
        OSError: it could not be applied; nothing was changed.

    """
    if Path(journal.index).is_file():
        shutil.copy2(journal.index, step / "index")
    waiting = step / "waiting.json"
    text = json.dumps(asdict(journal), ensure_ascii=False)
    waiting.write_text(text, encoding="utf-8", errors="surrogateescape")
    waiting.rename(step / apply_transaction.JOURNAL)
    reason = _carried_out([sys.executable, "-I", "-S", apply_transaction.__file__, str(step)])
    if reason:
        _put_back(step)
        raise OSError(f"could not apply the step, so nothing was changed: {reason}")


def _carried_out(command: Sequence[str]) -> str | None:
    """Run a program to its end, even if this process is interrupted; return the reason if it failed."""
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
            reason = lines[-1].removeprefix("OSError: ") if lines else "it was killed"
            return reason if process.returncode else None


def _put_back(step: Path) -> None:
    if (step / apply_transaction.JOURNAL).is_file():
        apply_transaction.undo(step)
    shutil.rmtree(step, ignore_errors=True)
