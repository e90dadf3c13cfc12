import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from pydantic import SecretStr

from app.config import Settings, variable


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return tmp_path / "worker.log"


@pytest.fixture
def worker(settings: Settings, log: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Start a worker on the servers of the tests."""
    given = {variable(name): getattr(settings, name) for name in settings.model_fields_set}
    shown = {
        name: value.get_secret_value() if isinstance(value, SecretStr) else str(value)
        for name, value in given.items()
    }
    command = [sys.executable, "-m", "app.tasks.worker"]
    environment = os.environ | shown
    with log.open("wb") as output:
        process = subprocess.Popen(command, env=environment, stderr=output, start_new_session=True)
    yield process
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def test_worker_runs_a_task_and_stops_when_it_is_told_to(
    client: TestClient, worker: subprocess.Popen[bytes], log: Path
) -> None:
    body = {"subject": "Hello", "text": "It works."}
    location = client.post("/api/v1/tasks/send_notification", json=body).headers["location"]
    ends = time.monotonic() + 20
    while (task := client.get(location).json())["state"] != "succeeded":
        assert worker.poll() is None, log.read_text()
        assert time.monotonic() < ends, log.read_text()
        time.sleep(0.1)
    worker.terminate()
    assert worker.wait(timeout=10) == 0, log.read_text()
    assert f"{task['id']} (send_notification) succeeded" in log.read_text()
