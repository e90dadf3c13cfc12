from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from uuid import UUID, uuid4

import pytest
from fastapi import HTTPException
from fastapi.testclient import TestClient
from sqlalchemy import Engine, delete, exc, text

from app.config import Settings
from app.database.dependencies import SessionDep
from app.items.models import Item
from app.main import create_app

ITEMS = "/api/v1/items"


def new_item(price: str = "1.00") -> Item:
    now = datetime.now(UTC)
    return Item(
        id=uuid4(), name="Chair", price=Decimal(price), tags=[], created_at=now, updated_at=now
    )


@pytest.fixture
def failing_client(client: TestClient, settings: Settings, engine: Engine) -> Iterator[TestClient]:
    """Give a client of a service with routes that the database refuses."""
    app = create_app(settings)

    @app.post("/against-a-constraint")
    async def against_a_constraint(session: SessionDep) -> None:
        session.add(new_item(price="-1.00"))

    @app.post("/half-done")
    async def half_done(session: SessionDep) -> None:
        session.add(new_item())
        await session.flush()
        raise HTTPException(418)

    @app.post("/too-late/{item_id}")
    async def too_late(item_id: UUID, session: SessionDep) -> None:
        item = await session.get_one(Item, item_id)
        with engine.begin() as connection:
            connection.execute(delete(Item))
        item.name = "Table"

    @app.post("/nonsense")
    async def nonsense(session: SessionDep) -> None:
        await session.execute(text("SELECT nonsense"))

    @app.post("/no-connection")
    async def no_connection() -> None:
        raise exc.TimeoutError

    with TestClient(app) as failing_client:
        yield failing_client


def problem(client: TestClient, path: str) -> tuple[int, str]:
    response = client.post(path)
    assert response.headers["content-type"] == "application/problem+json"
    return response.status_code, response.json()["detail"]


def test_constraint_that_is_hit_is_a_conflict(failing_client: TestClient) -> None:
    assert problem(failing_client, "/against-a-constraint") == (
        409,
        "The request conflicts with what is stored.",
    )


def test_row_deleted_in_the_meantime_is_a_conflict(failing_client: TestClient) -> None:
    item = failing_client.post(ITEMS, json={"name": "Chair", "price": "1"}).json()
    assert problem(failing_client, f"/too-late/{item['id']}")[0] == 409


def test_refused_request_leaves_nothing_behind(failing_client: TestClient) -> None:
    assert problem(failing_client, "/half-done")[0] == 418
    assert failing_client.get(ITEMS).json()["total"] == 0


def test_wrong_statement_is_the_services_fault_and_not_shown(failing_client: TestClient) -> None:
    assert problem(failing_client, "/nonsense") == (500, "The service could not answer.")


def test_exhausted_pool_is_not_available(failing_client: TestClient) -> None:
    response = failing_client.post("/no-connection")
    assert (response.status_code, response.headers["retry-after"]) == (503, "1")


def test_database_that_is_down_is_not_available(settings_of_no_database: Settings) -> None:
    with TestClient(create_app(settings_of_no_database)) as client:
        response = client.get(ITEMS)
        assert response.status_code == 503
        assert response.headers["content-type"] == "application/problem+json"
        assert response.headers["retry-after"] == "1"
        assert client.get("/health/live").status_code == 200
        ready = client.get("/health/ready")
        assert (ready.status_code, ready.json()["detail"]) == (503, "Not ready: database.")


def test_ready_asks_the_database(client: TestClient) -> None:
    assert client.get("/health/ready").json()["checked"] == ["database"]
