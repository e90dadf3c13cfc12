from collections.abc import Iterator

import pytest
from fastapi import HTTPException
from fastapi.testclient import TestClient
from sqlalchemy import (
    CheckConstraint,
    Engine,
    Executable,
    ForeignKey,
    Text,
    delete,
    exc,
    insert,
    select,
    text,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from app.config import Settings
from app.database.dependencies import SessionDep
from app.main import create_app


class Base(DeclarativeBase):
    """A base of its own, so that these tests need no model of the service."""


class Thing(Base):
    __tablename__ = "things"
    __table_args__ = (CheckConstraint("size > 0"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(Text, unique=True)
    size: Mapped[int] = mapped_column(default=1)


class Part(Base):
    __tablename__ = "parts"

    id: Mapped[int] = mapped_column(primary_key=True)
    thing_id: Mapped[int] = mapped_column(ForeignKey("things.id", ondelete="RESTRICT"))


CONFLICTS: dict[str, list[Executable]] = {
    "same-key": [insert(Thing).values(id=1, name="second")],
    "same-name": [insert(Thing).values(name="first")],
    "part-of-nothing": [insert(Part).values(thing_id=2)],
    "still-in-use": [insert(Part).values(thing_id=1), delete(Thing)],
}
FAULTS: dict[str, list[Executable]] = {
    "no-name": [insert(Thing).values(name=None)],
    "no-size": [insert(Thing).values(name="second", size=0)],
}


@pytest.fixture
def things(client: TestClient, engine: Engine) -> Iterator[Engine]:
    """Yield an engine for a database with a table that has one row."""
    Base.metadata.create_all(engine)
    with engine.begin() as connection:
        connection.execute(insert(Thing).values(name="first"))
    yield engine
    Base.metadata.drop_all(engine)


@pytest.fixture
def failing_client(things: Engine, settings: Settings) -> Iterator[TestClient]:
    """Yield a client of a service whose routes cause database errors."""
    app = create_app(settings)

    @app.post("/against-a-constraint")
    async def against_a_constraint(session: SessionDep) -> None:
        session.add(Thing(name="first"))

    @app.post("/statements/{name}")
    async def execute(session: SessionDep, name: str) -> None:
        for statement in (CONFLICTS | FAULTS)[name]:
            await session.execute(statement)

    @app.post("/half-done")
    async def half_done(session: SessionDep) -> None:
        session.add(Thing(name="second"))
        await session.flush()
        raise HTTPException(418)

    @app.post("/too-late")
    async def too_late(session: SessionDep) -> None:
        thing = await session.get_one(Thing, 1)
        with things.begin() as connection:
            connection.execute(delete(Thing))
        thing.name = "other"

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
        "The request conflicts with stored data.",
    )


@pytest.mark.parametrize("name", CONFLICTS)
def test_stored_row_in_the_way_is_a_conflict(failing_client: TestClient, name: str) -> None:
    assert problem(failing_client, f"/statements/{name}")[0] == 409


def test_log_of_a_conflict_names_no_stored_value(
    failing_client: TestClient, caplog: pytest.LogCaptureFixture
) -> None:
    failing_client.post("/statements/same-name")
    [told] = [text for text in caplog.messages if text.startswith("Conflict: ")]
    assert "things" in told
    assert "first" not in told


@pytest.mark.parametrize("name", FAULTS)
def test_row_wrong_by_itself_is_a_fault_of_the_service(
    failing_client: TestClient, name: str
) -> None:
    assert problem(failing_client, f"/statements/{name}") == (500, "An internal error occurred.")


def test_row_deleted_in_the_meantime_is_a_conflict(failing_client: TestClient) -> None:
    assert problem(failing_client, "/too-late")[0] == 409


def test_refused_request_leaves_nothing_behind(failing_client: TestClient, things: Engine) -> None:
    assert problem(failing_client, "/half-done")[0] == 418
    with things.connect() as connection:
        assert connection.scalars(select(Thing.name)).all() == ["first"]


def test_invalid_statement_is_a_500_without_details(failing_client: TestClient) -> None:
    assert problem(failing_client, "/nonsense") == (500, "An internal error occurred.")


def test_exhausted_pool_is_not_available(failing_client: TestClient) -> None:
    response = failing_client.post("/no-connection")
    assert (response.status_code, response.headers["retry-after"]) == (503, "5")


def test_database_that_is_down_is_not_available(settings_of_no_database: Settings) -> None:
    app = create_app(settings_of_no_database)

    @app.get("/things")
    async def list_things(session: SessionDep) -> list[str]:
        return list(await session.scalars(select(Thing.name)))

    with TestClient(app) as client:
        response = client.get("/things")
        assert response.status_code == 503
        assert response.headers["content-type"] == "application/problem+json"
        assert response.headers["retry-after"] == "5"
        assert client.get("/health/live").status_code == 200
        ready = client.get("/health/ready")
        assert (ready.status_code, ready.json()["detail"]) == (503, "Not ready: database.")


def test_ready_asks_the_database(client: TestClient) -> None:
    assert "database" in client.get("/health/ready").json()["checked"]
