import asyncio
from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from app.config import Settings
from app.health.router import get_readiness_checks
from app.main import create_app


async def up() -> None:
    return None


async def down() -> None:
    raise ConnectionRefusedError


async def silent() -> None:
    await asyncio.sleep(60)


@pytest.fixture
def app_with_checks(settings: Settings) -> FastAPI:
    """Return the service with three back ends: one is up, one is down, one does not answer."""
    app = create_app(settings.model_copy(update={"readiness_timeout": 0.05}))
    checks = {"cache": up, "queue": down, "search": silent}
    app.dependency_overrides[get_readiness_checks] = lambda: checks
    return app


def test_service_is_live(client: TestClient) -> None:
    assert client.get("/health/live").json() == {"status": "ok", "checked": []}


def test_service_is_ready(client: TestClient) -> None:
    response = client.get("/health/ready")
    assert response.status_code == 200
    assert response.json()["status"] == "ok"


def test_not_ready_names_those_that_are_down_or_too_slow(app_with_checks: FastAPI) -> None:
    response = TestClient(app_with_checks).get("/health/ready")
    assert response.status_code == 503
    assert response.headers["content-type"] == "application/problem+json"
    assert response.json()["detail"] == "Not ready: queue, search."


def test_not_ready_while_it_is_about_to_end(settings: Settings, tmp_path: Path) -> None:
    drain_file = tmp_path / "draining"
    with TestClient(create_app(settings.model_copy(update={"drain_file": drain_file}))) as client:
        assert client.get("/health/ready").status_code == 200
        drain_file.touch()
        response = client.get("/health/ready")
        assert response.status_code == 503
        assert response.json()["detail"] == "Not ready: the service is stopping."
        assert client.get("/health/live").status_code == 200
