# {% if tasks == 'celery' %}
import json
from base64 import b64encode
# {% endif %}
from pathlib import Path
# {% if tasks == 'celery' %}
from typing import Any
# {% endif %}

import pytest
from fastapi.testclient import TestClient
from redis import Redis

from app.config import Settings
from app.tasks.service import Tasks
from tests.tasks import jobs
from tests.tasks.fixtures import Call, Worker

TASKS = "/api/v1/tasks"
HELLO = {"subject": "Hello", "text": "It works."}
ENDS = ("succeeded", "failed")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Return the file in which jobs note their starts."""
    return tmp_path / "starts"


def end(file: Path) -> None:
    """Let the job `wait` end."""
    Path(f"{file}.end").touch()


def start(client: TestClient, job: str, **arguments: object) -> str:
    """Start a task, and return its address."""
    response = client.post(f"{TASKS}/{job}", json=arguments)
    assert response.status_code == 202
    return response.headers["location"]


def test_worker_runs_a_task(client: TestClient, worker: Worker) -> None:
    task = worker.wait_for(client, start(client, "send_notification", **HELLO), *ENDS)
    assert (task["state"], task["result"], task["reason"]) == ("succeeded", None, None)
    worker.wait_until(lambda: client.get(f"{TASKS}/{task['id']}").json()["finished_at"])
    task = client.get(f"{TASKS}/{task['id']}").json()
    assert task["created_at"] < task["started_at"] < task["finished_at"]
    assert "Hello\nIt works." in worker.log.read_text()


def test_id_of_the_request_is_known_in_the_job(client: TestClient, worker: Worker) -> None:
    headers = {"X-Request-ID": "request-1"}
    location = client.post(f"{TASKS}/name_request", headers=headers).headers["location"]
    task = worker.wait_for(client, location, *ENDS)
    assert task["result"] == "request-1"


def test_running_task_shows_its_progress(client: TestClient, worker: Worker, file: Path) -> None:
    location = start(client, "wait", path=str(file))
    worker.wait_until(lambda: client.get(location).json()["progress"])
    task = client.get(location).json()
    assert (task["state"], task["progress"]) == ("running", {"done": 1, "expected": 2})
    end(file)
    assert worker.wait_for(client, location, *ENDS)["result"] == 1


def test_failing_job_is_retried_and_its_error_stays_private(
    client: TestClient, worker: Worker, file: Path
) -> None:
    task = worker.wait_for(client, start(client, "fail", path=str(file)), *ENDS)
    assert task["reason"] == "It failed. The reason is in the log of the service."
    assert file.read_text() == "xx"
    assert "the password is 1234" in worker.log.read_text()


# {% if tasks == 'huey' %}
def test_worker_logs_once(client: TestClient, worker: Worker) -> None:
    worker.wait_for(client, start(client, "send_notification", **HELLO), *ENDS)
    assert "Executing app.tasks.jobs" in worker.log.read_text()
    assert "INFO:huey" not in worker.log.read_text()


# {% endif %}
def test_arguments_are_not_in_the_log(client: TestClient, worker: Worker, file: Path) -> None:
    end(file)
    for job in ("wait", "fail"):
        worker.wait_for(client, start(client, job, path=str(file)), *ENDS)
    assert str(file) not in worker.log.read_text()


def test_error_for_the_client_is_shown_and_not_retried(client: TestClient, worker: Worker) -> None:
    task = worker.wait_for(client, start(client, "refuse"), *ENDS)
    assert (task["state"], task["reason"]) == ("failed", "There is no paper.")


def test_task_that_runs_too_long_fails(client: TestClient, worker: Worker) -> None:
    task = worker.wait_for(client, start(client, "hang"), *ENDS)
    assert (task["state"], task["reason"]) == ("failed", "It took too long.")


def test_finished_tasks_do_not_count(
    client: TestClient, worker: Worker, redis: Redis, settings: Settings
) -> None:
    for job in ("idle", "refuse"):
        worker.wait_for(client, start(client, job), *ENDS)
    worker.wait_until(lambda: not redis.exists(f"{settings.redis_prefix}tasks"))


# {% if tasks == 'celery' %}
ENVELOPE: dict[str, Any] = {
    "body": b64encode(b"[[], {}, {}]").decode(),
    "content-type": "application/json",
    "content-encoding": "utf-8",
    "properties": {"body_encoding": "base64", "delivery_tag": "1", "delivery_info": {}},
}
HEADERS = {"id": "1", "task": "tests.tasks.jobs.idle"}
WRONG_HEADERS: tuple[dict[str, Any], ...] = (
    {"task": [1]},
    {"timelimit": ["a", "b"]},
    {"expires": []},
    {"id": None},
    {"stamped_headers": 5},
    {"stamped_headers": [["x"]], "stamps": {}},
)
WRONG_ENVELOPES: tuple[dict[str, Any], ...] = (
    {"body": None},
    {"body": "="},
    {"content-type": None},
    {"content-encoding": 5},
    {"properties": {"delivery_tag": None}},
    *({"headers": HEADERS | wrong} for wrong in WRONG_HEADERS),
)
MALFORMED = [
    *("garbage", "{}", "[]", "null", '{"body": "e30="}', "\xff", "[" * 100_000),
    *(json.dumps(ENVELOPE | {"headers": HEADERS} | wrong) for wrong in WRONG_ENVELOPES),
]
# {% else %}
MALFORMED = ["garbage", "{}", "[]", "null", '{"body": "e30="}', "\xff", "[" * 100_000]
# {% endif %}


def test_malformed_messages_are_put_aside(
    client: TestClient, worker: Worker, redis: Redis, settings: Settings
) -> None:
    worker.wait_for(client, start(client, "idle"), *ENDS)
    # {% if tasks == 'taskiq' %}
    for message in 3 * MALFORMED:
        redis.xadd(f"{settings.redis_prefix}queue", {"data": message.encode("latin-1")})
    # {% elif tasks == 'rq' %}
    for number, message in enumerate(3 * MALFORMED):
        name = f"rq:job:malformed-{number}"
        redis.hset(name, mapping={"data": message, "timeout": message, "meta": message})
        redis.rpush(f"rq:queue:{settings.redis_prefix}queue", f"malformed-{number}", "no id", "")
    # {% elif tasks == 'huey' %}
    for message in 3 * MALFORMED:
        redis.lpush(f"huey.redis.{settings.redis_prefix}", message.encode("latin-1"))
    # {% else %}
    for message in 3 * MALFORMED:
        redis.lpush(f"{settings.redis_prefix}queue", message.encode("latin-1"))
    # {% endif %}
    worker.wait_for(client, start(client, "idle"), "succeeded")
    # {% set complaint = {'taskiq': 'Cannot parse message', 'huey': 'Error reading from queue'} %}
    # {% set complaint = complaint[tasks] | default('malformed') %}
    assert "{{ complaint }}" in worker.log.read_text()


def test_task_that_is_sent_twice_runs_twice(
    client: TestClient, worker: Worker, file: Path, tasks: Tasks, call: Call
) -> None:
    end(file)
    task = worker.wait_for(client, start(client, "wait", path=str(file)), *ENDS)
    call(tasks.send, call(tasks.get, task["id"]), jobs.JOBS["wait"])
    worker.wait_until(lambda: file.read_text() == "xx")


def test_worker_that_is_told_to_stop_finishes_its_task(
    client: TestClient, worker: Worker, file: Path
) -> None:
    location = start(client, "wait", path=str(file))
    worker.wait_until(file.exists)
    worker.interrupt()
    end(file)
    assert worker.wait()[0] == 0
    assert client.get(location).json()["result"] == 1
