"""Real workers, and jobs for the tests."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from pydantic import SecretStr
from redis import Redis

from app.config import Settings, env_name
from app.tasks.jobs import JOBS
from app.tasks.service import Tasks
from tests.tasks import jobs

# {% if tasks == 'celery' %}
COMMANDS = ["celery --app tests.tasks.worker worker"]
# {% elif tasks == 'taskiq' %}
COMMANDS = [
    "taskiq worker tests.tasks.worker:broker --workers 1 --max-async-tasks 2",
    "taskiq scheduler tests.tasks.worker:scheduler --update-interval 1",
]
# {% elif tasks == 'rq' %}
COMMANDS = [
    "rq worker --config tests.tasks.worker --serializer json --with-scheduler"
    " --job-class app.tasks.queue.TaskContext --disable-job-desc-logging",
]
# {% elif tasks == 'huey' %}
COMMANDS = [
    "huey_consumer tests.tasks.worker.huey --worker-type process --workers 2"
    " --health-check-interval 1 --graceful-signal TERM",
]
# {% endif %}
PATIENCE = 60

Call = Callable[..., Any]


class Worker:
    """A worker in processes of its own. It restarts after a test that killed it."""

    def __init__(self, settings: Settings, log: Path) -> None:
        self.environment = os.environ | environment_of(settings)
        self.log = log
        self.processes: list[subprocess.Popen[bytes]] = []

    def start(self) -> None:
        if self.processes:
            return
        for command in COMMANDS:
            name, *arguments = command.split()
            with self.log.open("ab") as log:
                process = subprocess.Popen(
                    [Path(sys.executable).with_name(name), *arguments],
                    env=self.environment,
                    stdout=log,
                    stderr=log,
                    process_group=0,
                )
            self.processes.append(process)

    def interrupt(self) -> None:
        """Tell the worker to stop."""
        for process in self.processes:
            process.terminate()

    def wait(self) -> list[int]:
        """Wait until the worker stops, and return the exit codes of its processes."""
        codes = [process.wait(PATIENCE) for process in self.processes]
        self.processes = []
        return codes

    def kill(self) -> None:
        """Kill the worker with all its processes."""
        for process in self.processes:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        self.processes = []

    def last_lines(self) -> str:
        return self.log.read_text()[-5000:]

    def wait_until(self, condition: Callable[[], Any]) -> None:
        ends = time.monotonic() + PATIENCE
        while not condition():
            assert not any(process.poll() for process in self.processes), self.last_lines()
            assert time.monotonic() < ends, self.last_lines()
            time.sleep(0.02)

    def wait_for(self, client: TestClient, location: str, *states: str) -> dict[str, Any]:
        """Wait until a task has one of these states, and return it."""
        self.wait_until(lambda: client.get(location).json()["state"] in states)
        task: dict[str, Any] = client.get(location).json()
        return task


def environment_of(settings: Settings) -> dict[str, str]:
    given = {env_name(name): getattr(settings, name) for name in settings.model_fields_set}
    return {
        name: value.get_secret_value() if isinstance(value, SecretStr) else str(value)
        for name, value in given.items()
    }


@pytest.fixture(scope="session")
def only_worker(settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Worker]:
    # {% if tasks in ['celery', 'taskiq'] %}
    settings = settings.model_copy(update={"task_redelivery_seconds": 10})
    # {% endif %}
    worker = Worker(settings, tmp_path_factory.mktemp("worker") / "log")
    yield worker
    worker.kill()


@pytest.fixture
def worker(only_worker: Worker) -> Worker:
    only_worker.start()
    return only_worker


@pytest.fixture
def redis(settings: Settings) -> Iterator[Redis]:
    with Redis.from_url(settings.redis_url.get_secret_value()) as redis:
        yield redis


@pytest.fixture
def tasks(running_client: TestClient, redis: Redis) -> Iterator[Tasks]:
    """Return the tasks of the service. After the test, forget them."""
    tasks: Tasks = running_client.app_state["tasks"]
    yield tasks
    for key in redis.scan_iter(f"{tasks.settings.redis_prefix}task*"):
        redis.delete(key)


@pytest.fixture
# {% if jobs_sync %}
def call() -> Call:
    """Return a function that calls another one."""

    def called(function: Callable[..., Any], *arguments: object) -> Any:
        return function(*arguments)

    return called
# {% else %}
def call(running_client: TestClient) -> Call:
    """Return a function that calls another one on the event loop of the service."""
    assert running_client.portal
    return running_client.portal.call
# {% endif %}


@pytest.fixture
def test_jobs(tasks: Tasks, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let clients start the jobs of the tests{{ ', and many of them' if auth != 'none' }}."""
    # {% if auth != 'none' %}
    monkeypatch.setattr(tasks.settings, "user_task_limit", 10_000)
    # {% endif %}
    for name, job in jobs.JOBS.items():
        monkeypatch.setitem(JOBS, name, job)
