import pytest
from fastapi.testclient import TestClient

from app.tasks.jobs import JOBS
from app.tasks.schemas import TaskRecord
from app.tasks.service import Tasks
# {% if auth != 'none' %}
from tests.auth.helpers import LogIn, NewUser
# {% endif %}
from tests.tasks.fixtures import Call, Worker

ITEMS = "/api/v1/items"
REPORT = "/api/v1/tasks/report_items"


@pytest.fixture(autouse=True)
def chairs(client: TestClient, tasks: Tasks) -> None:
    for _ in range(2):
        client.post(ITEMS, json={"name": "Chair", "price": "49.90"})


def test_report_adds_up_the_items(client: TestClient, worker: Worker) -> None:
    location = client.post(REPORT).headers["location"]
    report = worker.wait_for(client, location, "succeeded", "failed")
    assert report["result"] == {"items": 2, "total": "99.80"}


def test_scheduled_report_has_every_item(worker: Worker, tasks: Tasks, call: Call) -> None:
    task = TaskRecord(job="report_items", arguments={})
    call(tasks.send, task, JOBS["report_items"])
    worker.wait_until(lambda: call(tasks.outcome, task).state == "succeeded")
    assert call(tasks.outcome, task).result == {"items": 2, "total": "99.80"}
# {% if auth != 'none' %}


def test_report_has_only_the_items_of_its_user(
    client: TestClient, new_user: NewUser, login_as: LogIn, worker: Worker
) -> None:
    client.headers.update(login_as(new_user("eve@example.com")))
    location = client.post(REPORT).headers["location"]
    report = worker.wait_for(client, location, "succeeded", "failed")
    assert report["result"] == {"items": 0, "total": "0.00"}
# {% endif %}
