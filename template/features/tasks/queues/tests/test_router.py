from collections.abc import Iterator
from typing import Any

import pytest
from fastapi.testclient import TestClient
# {% if tasks == 'celery' %}
from kombu.exceptions import OperationalError
# {% endif %}
from pydantic import SecretStr
from redis import Redis
# {% if tasks in ['rq', 'huey'] %}
from redis.exceptions import RedisError
# {% elif tasks == 'taskiq' %}
from taskiq.exceptions import SendTaskError
# {% endif %}

from app.config import Settings
from app.main import create_app
from app.tasks.schemas import TaskRecord
from app.tasks.service import Tasks
# {% if auth != 'none' %}
from tests.auth.helpers import LogIn, NewUser
# {% endif %}
from tests.tasks.fixtures import Call

TASKS = "/api/v1/tasks"
HELLO = {"subject": "Hello", "text": "It works."}
LINE_BREAKS = "\n\r\v\f\x1c\x85\u2028\u2029\0"


@pytest.fixture(scope="module")
def running_client(settings: Settings) -> Iterator[TestClient]:
    """Return a client of the service with a queue of its own, from which no worker takes tasks."""
    without_worker = settings.model_copy(update={"redis_prefix": f"{settings.redis_prefix}idle:"})
    with TestClient(create_app(without_worker)) as client:
        yield client


def test_task_is_found_where_its_location_says(client: TestClient) -> None:
    response = client.post(f"{TASKS}/send_notification", json=HELLO)
    assert response.status_code == 202
    queued = response.json()
    assert (queued["job"], queued["state"]) == ("send_notification", "queued")
    location = response.headers["location"]
    assert location == f"{TASKS}/{queued['id']}"
    assert client.get(location).json() == queued
    assert not queued.keys() & {"arguments", "owner_id", "request_id"}


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"subject": "Hello"}, "#/text"),
        ({"subject": "Hello\r\nBcc: all@example.com", "text": ""}, "#/subject"),
        *(({"subject": f"Hello{character}", "text": ""}, "#/subject") for character in LINE_BREAKS),
        ({"subject": "Hello", "text": "", "to": "eve@example.com"}, "#/to"),
    ],
)
def test_wrong_arguments_are_refused(
    client: TestClient, body: dict[str, Any], pointer: str
) -> None:
    response = client.post(f"{TASKS}/send_notification", json=body)
    assert response.status_code == 422
    assert response.json()["errors"][0]["pointer"] == pointer


@pytest.mark.parametrize("name", ["unknown", "delete_expired", "app.tasks.jobs.JOBS"])
def test_only_registered_jobs_can_be_started(client: TestClient, name: str) -> None:
    response = client.post(f"{TASKS}/{name}")
    assert response.status_code == 404
    assert response.headers["content-type"] == "application/problem+json"


def test_unknown_task_is_not_found(client: TestClient) -> None:
    assert client.get(f"{TASKS}/unknown").status_code == 404


def test_record_of_another_version_is_not_found(
    client: TestClient, tasks: Tasks, redis: Redis
) -> None:
    redis.set(f"{tasks.settings.redis_prefix}task-record:1", "{}")
    assert client.get(f"{TASKS}/1").status_code == 404


def test_same_key_starts_no_second_task(client: TestClient) -> None:
    headers = {"Idempotency-Key": "1"}
    first, second = (
        client.post(f"{TASKS}/send_notification", json=HELLO, headers=headers) for _ in range(2)
    )
    assert (second.status_code, second.json()) == (202, first.json())
    other = client.post(f"{TASKS}/send_notification", json=HELLO | {"text": ""}, headers=headers)
    assert other.status_code == 422
    assert client.post(f"{TASKS}/idle", headers=headers).json()["id"] != first.json()["id"]


def test_key_of_a_task_that_is_gone_is_told(client: TestClient, tasks: Tasks, redis: Redis) -> None:
    headers = {"Idempotency-Key": "1"}
    task = client.post(f"{TASKS}/idle", headers=headers).json()
    redis.delete(f"{tasks.settings.redis_prefix}task-record:{task['id']}")
    assert client.post(f"{TASKS}/idle", headers=headers).status_code == 409


def test_key_whose_task_is_not_enqueued_yet_is_told(
    client: TestClient, tasks: Tasks, redis: Redis
) -> None:
    headers = {"Idempotency-Key": "1"}
    client.post(f"{TASKS}/idle", headers=headers)
    (key,) = redis.scan_iter(f"{tasks.settings.redis_prefix}task-key:*")
    redis.set(key, "")  # as a process leaves it that is killed before
    assert client.post(f"{TASKS}/idle", headers=headers).status_code == 409


def test_full_queue_promises_nothing(
    client: TestClient, tasks: Tasks, call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tasks.settings, "queue_limit", 1)
    task = client.post(f"{TASKS}/idle").json()
    refused = client.post(f"{TASKS}/idle", headers={"Idempotency-Key": "1"})
    assert refused.status_code == 503
    assert refused.headers["content-type"] == "application/problem+json"
    assert refused.headers["retry-after"]
    call(tasks.finish, task["id"])
    accepted = client.post(f"{TASKS}/idle", headers={"Idempotency-Key": "1"})
    assert accepted.status_code == 202


def test_queue_that_takes_no_message_promises_nothing(
    client: TestClient, tasks: Tasks, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def send(_task: TaskRecord, _job: object) -> None:
        # {% set sending_error = {'celery': 'OperationalError', 'taskiq': 'SendTaskError'} %}
        # {% set sending_error = sending_error[tasks] | default('RedisError') %}
        raise {{sending_error}}

    headers = {"Idempotency-Key": "1"}
    with monkeypatch.context() as patched:
        patched.setattr(tasks, "send", send)
        assert client.post(f"{TASKS}/idle", headers=headers).status_code == 503
    assert client.post(f"{TASKS}/idle", headers=headers).status_code == 202


def test_redis_that_is_away_is_told(client: TestClient, settings: Settings) -> None:
    url = SecretStr("redis://127.0.0.1:1/0")
    away = settings.model_copy(update={"redis_url": url, "redis_timeout": 0.1})
    with TestClient(create_app(away), headers=dict(client.headers)) as other:
        for response in (other.post(f"{TASKS}/idle"), other.get(f"{TASKS}/1")):
            assert response.status_code == 503
            assert response.json()["detail"] == "The queue is not available."
# {% if auth != 'none' %}


@pytest.fixture
def other(new_user: NewUser, login_as: LogIn) -> dict[str, str]:
    """Return the headers of another user."""
    return login_as(new_user("eve@example.com"))


def test_task_of_another_user_is_not_found(
    anonymous: TestClient,
    client: TestClient,
    other: dict[str, str],
    new_user: NewUser,
    login_as: LogIn,
) -> None:
    url = client.post(f"{TASKS}/idle").headers["location"]
    assert anonymous.get(url, headers=other).status_code == 404
    admin = login_as(new_user("root@example.com", role="admin"))
    assert anonymous.get(url, headers=admin).json() == client.get(url).json()


def test_user_cannot_fill_the_queue(
    anonymous: TestClient,
    client: TestClient,
    other: dict[str, str],
    tasks: Tasks,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(tasks.settings, "user_task_limit", 1)
    assert client.post(f"{TASKS}/idle").status_code == 202
    refused = client.post(f"{TASKS}/idle")
    assert refused.status_code == 429
    assert refused.headers["content-type"] == "application/problem+json"
    assert refused.headers["retry-after"]
    assert anonymous.post(f"{TASKS}/idle", headers=other).status_code == 202


def test_key_of_another_user_is_another_key(
    anonymous: TestClient, client: TestClient, other: dict[str, str]
) -> None:
    key = {"Idempotency-Key": "1"}
    own = client.post(f"{TASKS}/idle", headers=key).json()
    assert anonymous.post(f"{TASKS}/idle", headers=other | key).json()["id"] != own["id"]


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_anonymous_caller_is_refused(anonymous: TestClient, method: str) -> None:
    assert anonymous.request(method, f"{TASKS}/idle").status_code == 401
# {% endif %}
