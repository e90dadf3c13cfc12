from fastapi.testclient import TestClient
from sqlalchemy import Engine, text

from app.config import Settings
from app.database.dependencies import SessionDep
from app.main import create_app

CHAIR = {"name": "Chair", "price": "1"}


def test_connection_checks_foreign_keys_and_writes_ahead(
    client: TestClient, settings: Settings
) -> None:
    app = create_app(settings)

    @app.get("/pragmas")
    async def pragmas(session: SessionDep) -> list[str]:
        names = ("foreign_keys", "journal_mode")
        return [str(await session.scalar(text(f"PRAGMA {name}"))) for name in names]

    with TestClient(app) as other:
        assert other.get("/pragmas").json() == ["1", "wal"]


def test_writer_that_waits_too_long_is_told_so(
    client: TestClient, settings: Settings, engine: Engine
) -> None:
    hasty = settings.model_copy(update={"database_timeout": 0.01})
    with TestClient(create_app(hasty)) as other, engine.connect() as connection:
        connection.execute(text("BEGIN IMMEDIATE"))
        assert other.get("/api/v1/items").status_code == 200
        assert other.post("/api/v1/items", json=CHAIR).status_code == 503
        connection.rollback()
        assert other.post("/api/v1/items", json=CHAIR).status_code == 201
