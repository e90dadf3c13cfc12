"""How a service runs on a developer's machine: `python -m dev`."""

import os
import signal
import subprocess
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

from tests.services import ENVIRONMENT, free_port, install, make_service

pytestmark = pytest.mark.combinations


def test_command_that_dev_runs_ends_with_it(tmp_path: Path) -> None:
    service = tmp_path / "service"
    make_service(service, websockets="redis")
    install(service)
    command = "trap 'echo ended; exit 7' TERM; echo started; while :; do sleep 0.1; done"
    with subprocess.Popen(
        [service / ".venv" / "bin" / "python", "-m", "dev", "--run", "sh", "-c", command],
        cwd=service,
        env=ENVIRONMENT,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout
        assert process.stdout.readline() == "started\n"
        process.send_signal(signal.SIGTERM)
        assert process.stdout.readline() == "ended\n"
        assert process.wait(20) == 7


@pytest.fixture(scope="module")
def working(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a service with a worker and a scheduler."""
    service = tmp_path_factory.mktemp("working") / "service"
    make_service(service, tasks="celery")
    install(service)
    return service


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGHUP, signal.SIGTERM])
def test_all_processes_end_with_the_terminal(working: Path, tmp_path: Path, number: int) -> None:
    log = tmp_path / "log"
    command = [working / ".venv" / "bin" / "python", "-m", "dev", "--port", str(free_port())]
    with log.open("wb") as output:
        process = subprocess.Popen(
            command, cwd=working, env=ENVIRONMENT, stdout=output, stderr=output, start_new_session=True
        )
    try:
        ready = ("celery@", "beat: Starting", "Application startup complete")
        wait_until(lambda: all(text in log.read_text() for text in ready), log)
        os.killpg(process.pid, number)  # as a terminal does
        process.wait(60)
        wait_until(lambda: not processes_in(working), log)
    finally:
        for left in processes_in(working):
            os.kill(left, signal.SIGKILL)
    assert "Traceback" not in log.read_text()


def wait_until(condition: Callable[[], bool], log: Path) -> None:
    ends = time.monotonic() + 90
    while not condition():
        assert time.monotonic() < ends, log.read_text()
        time.sleep(0.1)


def processes_in(folder: Path) -> list[int]:
    """Return the processes whose working directory is this folder."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            if (process / "cwd").readlink() == folder:
                found.append(int(process.name))
    return found
