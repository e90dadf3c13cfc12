"""A migrated database for the tests. It is empty at the start of each test."""

import os
from collections.abc import Generator, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from uuid import uuid4

import pytest
from alembic import command
from alembic.config import Config
from pydantic import SecretStr
from sqlalchemy import Engine, create_engine, make_url, text

from app.config import Settings
from app.database.base import Base
from app.database.connection import database_url
from dev.postgresql import embedded_postgresql


@pytest.fixture(scope="session")
def database_settings() -> Iterator[dict[str, Any]]:
    """Use the server at TEST_DATABASE_URL without its databases, or an embedded server."""
    with ExitStack() as stack:
        server = os.environ.get("TEST_DATABASE_URL") or stack.enter_context(
            embedded_postgresql(Path(stack.enter_context(TemporaryDirectory()), "postgresql"))
        )
        yield {"database_url": stack.enter_context(new_database(server))}


@contextmanager
def new_database(server: str) -> Generator[str]:
    """Create a database on a server, yield its URL, and drop it."""
    url = make_url(server).set(drivername="postgresql+psycopg")
    name = f"test_{uuid4().hex}"
    engine = create_engine(url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
        connection.execute(text(f"ALTER DATABASE {name} SET synchronous_commit = off"))
    try:
        yield url.set(database=name).render_as_string(hide_password=False)
    finally:
        with engine.connect() as connection:
            connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
        engine.dispose()


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
    url = SecretStr("postgresql+psycopg://app@127.0.0.1:1/app")
    return settings.model_copy(update={"database_url": url, "database_timeout": 1})


@pytest.fixture
def other_database(settings: Settings) -> Iterator[str]:
    """Return the URL of another, empty database."""
    with new_database(settings.database_url.get_secret_value()) as url:
        yield url
