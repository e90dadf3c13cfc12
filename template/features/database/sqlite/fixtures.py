"""A migrated database file for the tests. It is empty at the start of each test."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import Engine, create_engine

from app.config import Settings
from app.database.base import Base
from app.database.connection import database_url


@pytest.fixture(scope="session")
def database_settings(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    return {"database_path": tmp_path_factory.mktemp("database") / "test.db"}


@pytest.fixture(scope="session")
def alembic_config(settings: Settings) -> Config:
    return Config(toml_file="pyproject.toml", attributes={"settings": settings})


@pytest.fixture(scope="session")
def engine(settings: Settings, alembic_config: Config) -> Iterator[Engine]:
    """Return an engine for the migrated database, separate from the service's."""
    command.upgrade(alembic_config, "head")
    engine = create_engine(database_url(settings))
    yield engine
    engine.dispose()


@pytest.fixture
def clean_database(engine: Engine) -> None:
    with engine.begin() as connection:
        for table in reversed(Base.metadata.sorted_tables):
            connection.execute(table.delete())


@pytest.fixture(scope="session")
def settings_of_no_database(settings: Settings) -> Settings:
    """Return settings with a database that is down."""
    return settings.model_copy(update={"database_path": Path("nowhere/test.db")})


@pytest.fixture
def other_database(tmp_path: Path) -> str:
    """Return the URL of another, empty database."""
    path = tmp_path / "other.db"
    path.touch()
    return f"sqlite:///{path}"
