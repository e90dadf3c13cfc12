"""Programs that run on loopback while a test does."""

import os
import signal
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest


@contextmanager
def running(
    command: Sequence[str], folder: Path, answers: str, variables: Mapping[str, str] | None = None
) -> Generator[None]:
    """Run a program until the block ends; the block begins when its address answers."""
    log = folder / f"{Path(command[0]).name}.log"
    with (
        log.open("w") as output,
        subprocess.Popen(
            command,
            cwd=folder,
            env={**os.environ, **(variables or {})},
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        ) as process,
    ):
        try:
            wait_for(answers, process, log)
            yield
        finally:
            os.killpg(process.pid, signal.SIGTERM)
            process.wait(60)


def wait_for(address: str, process: subprocess.Popen[bytes], log: Path) -> None:
    for _ in range(300):
        if process.poll() is not None:
            break
        try:
            urllib.request.urlopen(address, timeout=5).close()  # noqa: S310 (on loopback)
        except OSError:
            time.sleep(0.1)
        else:
            return
    pytest.fail(f"{address} does not answer:\n{log.read_text()}")
