import logging

import pytest
from fastapi.testclient import TestClient

# {% if auth != 'none' %}
from tests.auth.helpers import LogIn, NewUser

# {% endif %}
ITEMS = "/api/v1/items"
REPORT = "/api/v1/tasks/report_items"


@pytest.fixture(autouse=True)
def chairs(client: TestClient, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    for _ in range(2):
        client.post(ITEMS, json={"name": "Chair", "price": "49.90"})


def test_report_adds_up_the_items(client: TestClient, caplog: pytest.LogCaptureFixture) -> None:
    assert client.post(REPORT).status_code == 202
    assert "2 of 2 done" in caplog.text
    assert "2 items cost 99.80 in total" in caplog.text
# {% if auth != 'none' %}


def test_report_has_only_the_items_of_its_user(
    anonymous: TestClient, new_user: NewUser, login_as: LogIn, caplog: pytest.LogCaptureFixture
) -> None:
    anonymous.post(REPORT, headers=login_as(new_user("eve@example.com")))
    assert "0 items cost 0.00 in total" in caplog.text
# {% endif %}
