"""What becomes of a task if its worker is killed or Redis restarts, as `docs/tasks.md` of a service promises.

`test_workers.py` adds this file to `tests/tasks/` of a service with each queue.
"""

import os
import signal
import socket
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from pydantic import SecretStr
from redis import Redis
from redis.backoff import ConstantBackoff
from redis.retry import Retry

from app.config import Settings
from app.main import create_app
from tests.tasks.fixtures import Worker
from tests.tasks.test_worker import ENDS, TASKS, end, file, start

__all__ = ["file"]

QUEUE = next(name for name in ("taskiq", "celery", "rq", "huey") if find_spec(name))


class RedisServer:
    """A real Redis that writes what it is told to its folder."""

    def __init__(self, folder: Path) -> None:
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = free.getsockname()[1]
        self.url = f"redis://127.0.0.1:{self.port}/0"
        self.folder = folder
        self.start()

    def start(self) -> None:
        options = f"--bind 127.0.0.1 --port {self.port} --appendonly yes --appendfsync always"
        command = ["redis-server", *options.split(), "--dir", str(self.folder)]
        self.process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        with Redis.from_url(self.url, retry=Retry(ConstantBackoff(0.05), retries=100)) as redis:
            redis.ping()

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait()


def wait_for_second_run(client: TestClient, worker: Worker, location: str) -> None:
    def runs_again() -> bool:
        if QUEUE == "taskiq":  # only with the next task a worker takes over those of a killed one
            start(client, "idle")
        task = client.get(location).json()
        return task["state"] in ENDS

    worker.wait_until(runs_again)
    assert client.get(location).json()["result"] == 2


def assert_lost(client: TestClient, worker: Worker, location: str, file: Path) -> None:
    """Wait until another task is done. The last reads of a killed worker may take some."""
    locations: list[str] = []

    def one_is_done() -> bool:
        locations.append(start(client, "idle"))
        return any(client.get(location).json()["finished_at"] for location in locations[-20:])

    worker.wait_until(one_is_done)
    assert client.get(location).json()["state"] == "running"
    assert file.read_text() == "x"


def kill(file: Path) -> None:
    """Kill the process that runs the job `wait`."""
    os.kill(int(Path(f"{file}.process").read_text()), signal.SIGKILL)


def test_task_of_a_killed_process(client: TestClient, worker: Worker, file: Path) -> None:
    location = start(client, "wait", path=str(file))
    worker.wait_until(file.exists)
    kill(file)
    end(file)
    if QUEUE == "huey":
        assert_lost(client, worker, location, file)
    else:
        wait_for_second_run(client, worker, location)


def test_task_of_a_killed_worker(
    client: TestClient, worker: Worker, file: Path, redis: Redis, settings: Settings
) -> None:
    location = start(client, "wait", path=str(file))
    worker.wait_until(file.exists)
    worker.kill()
    end(file)
    if QUEUE == "taskiq":
        redis.set(f"autoclaim:taskiq:{settings.redis_prefix}queue", "the killed worker")
    if QUEUE == "rq":
        kill(file)
        let_expire(redis, settings)
    worker.start()
    if QUEUE == "huey":
        assert_lost(client, worker, location, file)
    else:
        wait_for_second_run(client, worker, location)


@pytest.mark.skipif(QUEUE != "celery", reason="no other queue has this lock")
def test_task_is_run_again_although_a_killed_worker_held_the_lock(
    client: TestClient, worker: Worker, file: Path, settings: Settings
) -> None:
    from app.tasks.queue import create_celery
    from kombu.transport.redis import Mutex

    location = start(client, "wait", path=str(file))
    worker.wait_until(file.exists)
    worker.kill()
    end(file)
    with create_celery(settings) as celery, celery.connection() as connection:
        channel = connection.default_channel
        Mutex(channel.client, channel.unacked_mutex_key, channel.unacked_mutex_expire).__enter__()
    worker.start()
    wait_for_second_run(client, worker, location)


def let_expire(redis: Redis, settings: Settings) -> None:
    """Let RQ believe that the killed worker was not seen for long."""
    for name in redis.scan_iter("rq:wip:*"):
        for execution in redis.zrange(name, 0, -1):
            redis.zadd(name, {execution: 1})
    redis.delete(f"rq:scheduler-lock:{settings.redis_prefix}queue")


@pytest.fixture
def patient_worker(settings: Settings, only_worker: Worker, tmp_path: Path) -> Iterator[Worker]:
    """Return a worker that does not take a slow task for the task of a killed worker."""
    if QUEUE == "rq":  # it tells them apart by itself
        only_worker.start()
        yield only_worker
        return
    only_worker.interrupt()
    only_worker.wait()
    worker = Worker(settings, tmp_path / "log")
    worker.start()
    yield worker
    worker.kill()


@pytest.mark.skipif(
    QUEUE not in {"celery", "rq"}, reason="the queue does not count the losses of a task"
)
def test_task_that_kills_its_workers_is_given_up(
    client: TestClient, patient_worker: Worker, file: Path
) -> None:
    location = start(client, "wait", path=str(file))

    def is_given_up() -> bool:
        with suppress(OSError, ValueError):
            kill(file)
        return client.get(location).json()["state"] in ENDS

    patient_worker.wait_until(is_given_up)
    assert (
        client.get(location).json()["reason"]
        == "It failed. The reason is in the log of the service."
    )
    assert file.read_text() == "xxx"


def test_tasks_survive_a_restart_of_redis(
    client: TestClient, settings: Settings, tmp_path: Path
) -> None:
    server = RedisServer(tmp_path)
    own = settings.model_copy(update={"redis_url": SecretStr(server.url)})
    worker = Worker(own, tmp_path / "log")
    with TestClient(create_app(own), headers=dict(client.headers)) as other:
        location = start(other, "idle")
        server.stop()
        assert other.post(f"{TASKS}/idle").status_code == 503
        server.start()
        worker.start()
        worker.wait_for(other, location, "succeeded")
        server.stop()
        server.start()
        if QUEUE == "rq":
            worker.kill()  # it may have ended; Compose and Kubernetes start it again
            worker.start()
        worker.wait_for(other, start(other, "idle"), "succeeded")
    worker.kill()
    server.stop()
