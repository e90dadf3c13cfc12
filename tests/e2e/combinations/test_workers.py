"""Workers of each queue: their commands of `compose.yaml`, and what becomes of tasks if things break."""

import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from urllib.parse import urlsplit
from uuid import uuid4

import pytest
import yaml

from tests.e2e.combinations.test_presets import call
from tests.services import ENVIRONMENT, free_port, install, make_service

pytestmark = pytest.mark.combinations

KILLED = Path(__file__).with_name("service") / "test_killed_workers.py"
PATIENCE = 90
RABBITMQ = os.environ.get("TEST_RABBITMQ_URL", "amqp://guest:guest@127.0.0.1:5672//")
DELETE_QUEUE = """
import sys
from kombu import Connection
with Connection(sys.argv[1]) as connection:
    connection.channel().queue_delete(sys.argv[2])
"""
MALFORMED = """
import sys
from kombu import Connection
with Connection(sys.argv[1]) as connection:
    producer = connection.Producer()
    for body in ("garbage", "{}", "[]"):
        producer.publish(body, routing_key=sys.argv[2], content_type="application/json", serializer=None)
"""
JOB = """

@shared_task(base=Job, bind=True, name="note")
def note(task: Job, path: str, seconds: float) -> int:
    with open(path, "a+") as file:
        file.write("x")
        starts = file.tell()
    time.sleep(seconds if starts == 1 else 0)
    return starts


JOBS["note"] = note
"""


@dataclass
class Stage:
    """A service with a Redis of its own, and its workers."""

    service: Path
    folder: Path
    python: Path
    redis_port: int
    http_port: int
    settings: dict[str, str]
    running: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    @property
    def tasks(self) -> str:
        return f"http://127.0.0.1:{self.http_port}/api/v1/tasks"

    def start(self, name: str) -> None:
        """Start a part: `redis`, `web`, or a service of `compose.yaml`."""
        python = str(self.python)
        composed = yaml.safe_load((self.service / "compose.yaml").read_text())["services"]
        kept = ["--dir", str(self.folder), "--appendonly", "yes", "--appendfsync", "always"]
        commands = {
            "redis": ["redis-server", "--bind", "127.0.0.1", "--port", str(self.redis_port), *kept],
            "web": [python, "-m", "uvicorn", "app.main:app", "--port", str(self.http_port)],
        }
        for part in ("worker", "scheduler"):
            program, *arguments = composed[part]["command"]
            commands[part] = [str(self.python.with_name(program)), *arguments]
        address = f"redis://127.0.0.1:{self.redis_port}/0"
        environment = os.environ | self.settings | {"REDIS_URL": address}
        with self.log(name).open("ab") as log:
            self.running[name] = subprocess.Popen(
                commands[name],
                cwd=self.service,
                env=environment,
                stdout=log,
                stderr=subprocess.STDOUT,
            )

    def log(self, name: str) -> Path:
        return self.folder / f"{name}.log"

    def stop(self, name: str) -> None:
        """Tell a part to stop, and wait until it does."""
        process = self.running.pop(name)
        process.terminate()
        process.wait(PATIENCE)

    def kill(self, name: str) -> None:
        """Kill a part with all processes that it started."""
        process = self.running.pop(name)
        for number in family(process.pid):
            os.kill(number, signal.SIGKILL)
        process.wait(PATIENCE)

    def run(self, job: str, body: dict[str, object] | None = None) -> str:
        """Start a job as a client does, and return the task's address."""
        status, task = call("POST", f"{self.tasks}/{job}", body or {})
        assert status == 202, task
        assert isinstance(task, dict)
        return f"{self.tasks}/{task['id']}"

    def wait(self, what: Callable[[], bool]) -> None:
        ends = time.monotonic() + PATIENCE
        while not what():
            if time.monotonic() > ends:
                pytest.fail("\n".join(self.log(name).read_text()[-3000:] for name in ("worker", "web")))
            time.sleep(0.1)

    def wait_for(self, address: str, state: str) -> dict[str, object]:
        def reached() -> bool:
            task = call("GET", address)[1]
            return isinstance(task, dict) and task.get("state") == state

        self.wait(reached)
        task = call("GET", address)[1]
        assert isinstance(task, dict)
        return task


def family(process: int) -> list[int]:
    """Return the number of a process, and those of all that it started."""
    children = Path(f"/proc/{process}/task/{process}/children").read_text().split()
    return [process, *(member for child in children for member in family(int(child)))]


def add_job(service: Path) -> None:
    """Add a job to the service, as its owner would."""
    jobs = service / "app" / "tasks" / "jobs.py"
    text = jobs.read_text().replace("from typing", "import time\nfrom typing", 1)
    jobs.write_text(text + JOB)


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """Return a function that returns a service with a queue, made and installed once."""

    @cache
    def made(queue: str) -> Path:
        service = tmp_path_factory.mktemp(queue) / "service"
        make_service(service, database="sqlite", tasks=queue, deployment="docker")
        if queue == "celery":
            add_job(service)
        install(service)
        return service

    return made


@pytest.fixture(params=["taskiq", "celery", "celery over RabbitMQ", "rq", "huey"])
def stage(
    request: pytest.FixtureRequest, installed: Callable[[str], Path], tmp_path: Path
) -> Iterator[Stage]:
    """Return a service with each of the queues, on SQLite, all its parts running."""
    queue, _, rabbitmq = str(request.param).partition(" over ")
    if shutil.which("redis-server") is None:
        pytest.skip("no redis-server is installed, which keeps what it has while it is stopped")
    if rabbitmq and not answers_at(RABBITMQ):
        pytest.skip(f"no RabbitMQ answers at {RABBITMQ}")
    service, prefix = installed(queue), f"test-{uuid4().hex}:"
    python = service / ".venv" / "bin" / "python"
    migrate = [str(python), "-c", "from alembic.config import main; main()", "upgrade", "head"]
    subprocess.run(migrate, cwd=service, check=True, capture_output=True)
    settings = {"REDIS_PREFIX": prefix} | ({"BROKER_URL": RABBITMQ} if rabbitmq else {})
    stage = Stage(service, tmp_path, python, free_port(), free_port(), settings)
    try:
        for name in ("redis", "web", "worker", "scheduler"):
            stage.start(name)
        stage.wait(lambda: is_ready(stage))
        yield stage
    finally:
        for name in list(stage.running):
            stage.kill(name)
        if rabbitmq:
            delete = [str(python), "-c", DELETE_QUEUE, RABBITMQ, f"{prefix}queue"]
            subprocess.run(delete, check=True)


def answers_at(url: str) -> bool:
    parsed = urlsplit(url)
    try:
        socket.create_connection((parsed.hostname or "", parsed.port or 5672), 1).close()
    except OSError:
        return False
    return True


def is_ready(stage: Stage) -> bool:
    try:
        return call("GET", f"http://127.0.0.1:{stage.http_port}/health/ready")[0] == 200
    except OSError:
        return False


def test_worker_and_scheduler_run_and_stop(stage: Stage) -> None:
    stage.wait_for(stage.run("report_items"), "succeeded")
    worker, scheduler = stage.running["worker"], stage.running["scheduler"]
    assert (worker.poll(), scheduler.poll()) == (None, None)
    for name in ("worker", "scheduler"):
        stage.stop(name)
    assert worker.returncode == 0


@pytest.mark.parametrize("stage", ["celery over RabbitMQ"], indirect=True)
def test_rabbitmq_keeps_the_task_of_a_killed_worker(stage: Stage, tmp_path: Path) -> None:
    killed = tmp_path / "killed"
    task = stage.run("note", {"path": str(killed), "seconds": 50})
    stage.wait(killed.exists)
    stage.kill("worker")
    waiting = stage.run("report_items")
    stage.start("worker")
    assert stage.wait_for(task, "succeeded")["result"] == 2
    stage.wait_for(waiting, "succeeded")


@pytest.mark.parametrize("stage", ["celery over RabbitMQ"], indirect=True)
def test_malformed_message_of_rabbitmq_is_dropped(stage: Stage) -> None:
    queue = f"{stage.settings['REDIS_PREFIX']}queue"
    subprocess.run([str(stage.python), "-c", MALFORMED, RABBITMQ, queue], check=True)
    stage.wait_for(stage.run("report_items"), "succeeded")
    assert stage.running["worker"].poll() is None


@pytest.mark.skipif(shutil.which("redis-server") is None, reason="no redis-server is installed")
@pytest.mark.parametrize("queue", ["taskiq", "celery", "rq", "huey"])
def test_task_of_a_killed_worker_ends_as_promised(installed: Callable[[str], Path], queue: str) -> None:
    service = installed(queue)
    shutil.copy(KILLED, service / "tests" / "tasks")
    command = [str(service / ".venv" / "bin" / "pytest"), f"tests/tasks/{KILLED.name}"]
    done = subprocess.run(
        command, cwd=service, env=ENVIRONMENT, capture_output=True, text=True, timeout=300, check=False
    )
    assert done.returncode == 0, done.stdout
