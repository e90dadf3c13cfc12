import time
from collections.abc import Iterator
from datetime import datetime

import pytest
from fastapi.testclient import TestClient
# {% if database == 'postgresql' %}
from pydantic import SecretStr

from app.config import Settings
from app.main import create_app
# {% endif %}

ITEMS = "/api/v1/items"


@pytest.fixture(params=["America/New_York", "Asia/Kolkata"])
def zone(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Set the time zone of the process."""
    monkeypatch.setenv("TZ", request.param)
    time.tzset()
    yield request.param
    monkeypatch.undo()
    time.tzset()


def assert_utc(client: TestClient) -> None:
    created = client.post(ITEMS, json={"name": "Chair", "price": "49.90"})
    read = client.get(created.headers["location"]).json()
    assert read == created.json()
    assert client.get(ITEMS).json()["items"] == [read]
    for field in ("created_at", "updated_at"):
        assert read[field].endswith("Z")
        assert abs(time.time() - datetime.fromisoformat(read[field]).timestamp()) < 60


@pytest.mark.usefixtures("zone")
def test_times_are_utc_in_every_time_zone(client: TestClient) -> None:
    assert_utc(client)
# {% if database == 'postgresql' %}


def test_times_are_utc_whatever_the_time_zone_of_the_server(
    client: TestClient, settings: Settings, zone: str
) -> None:
    url = settings.database_url.get_secret_value()
    options = f"{'&' if '?' in url else '?'}options=-c%20timezone%3D{zone}"
    elsewhere = settings.model_copy(update={"database_url": SecretStr(url + options)})
    with TestClient(create_app(elsewhere), headers=dict(client.headers)) as other:
        assert_utc(other)
# {% endif %}
