from fastapi.testclient import TestClient
from sqlalchemy import Engine, text

from app.config import Settings
from app.database.dependencies import SessionDep
from app.main import create_app


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
    app = create_app(settings.model_copy(update={"database_timeout": 0.01}))

    @app.post("/write")
    async def write(session: SessionDep) -> None:
        await session.execute(text("UPDATE alembic_version SET version_num = version_num"))

    with TestClient(app) as other, engine.connect() as connection:
        connection.execute(text("BEGIN IMMEDIATE"))
        assert other.get("/health/ready").status_code == 200
        assert other.post("/write").status_code == 503
        connection.rollback()
        assert other.post("/write").status_code == 200
