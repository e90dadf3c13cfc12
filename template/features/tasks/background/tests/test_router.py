import logging
# {% if not jobs_sync %}
from asyncio import to_thread
# {% endif %}
from typing import Any

import pytest
from fastapi.testclient import TestClient

from app.config import Settings
from app.logging import request_id
from app.tasks.context import TaskContext
from app.tasks.jobs import JOBS
# {% if auth != 'none' %}
from tests.auth.helpers import LogIn, NewUser
# {% endif %}

TASKS = "/api/v1/tasks"
LINE_BREAKS = "\n\r\v\f\x1c\x85\u2028\u2029\0"


@pytest.fixture(autouse=True)
def captured(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)


def test_job_runs_after_the_response(client: TestClient, caplog: pytest.LogCaptureFixture) -> None:
    body = {"subject": "Hello", "text": "It works."}
    response = client.post(f"{TASKS}/send_notification", json=body)
    assert (response.status_code, response.json()) == (202, {"job": "send_notification"})
    assert "Hello\nIt works." in caplog.text
    assert "send_notification succeeded" in caplog.text


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"subject": "Hello"}, "#/text"),
        ({"subject": "", "text": ""}, "#/subject"),
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


@pytest.mark.parametrize("name", ["unknown", "__init__", "app.tasks.jobs.JOBS"])
def test_only_registered_jobs_can_be_started(client: TestClient, name: str) -> None:
    response = client.post(f"{TASKS}/{name}")
    assert response.status_code == 404
    assert response.headers["content-type"] == "application/problem+json"


def test_error_of_a_job_is_logged_with_the_id_of_the_request(
    client: TestClient, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async def fail(_task: TaskContext) -> None:
        raise RuntimeError(f"no paper for {request_id.get()}")

    monkeypatch.setitem(JOBS, "fail", fail)
    response = client.post(f"{TASKS}/fail", headers={"X-Request-ID": "request-1"})
    assert response.status_code == 202
    assert "no paper" not in response.text
    assert "no paper for request-1" in caplog.text


def start_while_another_runs(
    client: TestClient, monkeypatch: pytest.MonkeyPatch, **options: Any
) -> int:
    """Return the status of a second request while the job of the first one runs."""
    statuses = []

    def start() -> None:
        statuses.append(client.post(f"{TASKS}/second", **options).status_code)

    async def first(_task: TaskContext) -> None:
        # {% if jobs_sync %}
        start()
        # {% else %}
        await to_thread(start)
        # {% endif %}

    async def second(_task: TaskContext) -> None:
        pass

    monkeypatch.setitem(JOBS, "first", first)
    monkeypatch.setitem(JOBS, "second", second)
    assert client.post(f"{TASKS}/first").status_code == 202
    [status] = statuses
    return status


def test_jobs_do_not_fill_the_process(
    client: TestClient, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert start_while_another_runs(client, monkeypatch) == 202
    monkeypatch.setattr(settings, "queue_limit", 1)
    assert start_while_another_runs(client, monkeypatch) == 503
    assert client.post(f"{TASKS}/second").status_code == 202
# {% if auth != 'none' %}


def test_jobs_of_a_user_leave_room_for_others(
    client: TestClient,
    settings: Settings,
    new_user: NewUser,
    login_as: LogIn,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(settings, "user_task_limit", 1)
    assert start_while_another_runs(client, monkeypatch) == 429
    assert client.post(f"{TASKS}/second").status_code == 202
    other = login_as(new_user("eve@example.com"))
    assert start_while_another_runs(client, monkeypatch, headers=other) == 202


def test_anonymous_caller_is_refused(anonymous: TestClient) -> None:
    assert anonymous.post(f"{TASKS}/send_notification").status_code == 401
# {% endif %}
