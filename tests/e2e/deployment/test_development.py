"""How a service runs on a developer's machine: `python -m dev`."""

import signal
import subprocess
from pathlib import Path

import pytest

from tests.services import ENVIRONMENT, install, make_service

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
