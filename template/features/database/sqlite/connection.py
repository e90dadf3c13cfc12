"""Connections to the SQLite file."""

# {% if blocking %}
from collections.abc import AsyncGenerator, Generator
from contextlib import asynccontextmanager, contextmanager
# {% else %}
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
# {% endif %}

# {% if blocking or sync %}
from sqlalchemy import URL, create_engine, event, text
# {% else %}
from sqlalchemy import URL, event, text
# {% endif %}
from sqlalchemy.engine.interfaces import DBAPIConnection
# {% if not sync %}
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine
# {% endif %}
# {% if blocking or sync %}
from sqlalchemy.orm import Session, sessionmaker
# {% endif %}

from app.config import Settings

Database = async_sessionmaker[AsyncSession]
# {% if blocking %}
BlockingDatabase = sessionmaker[Session]
# {% endif %}


def database_url(settings: Settings) -> URL:
    return URL.create("sqlite", database=str(settings.database_path))


def prepare(connection: DBAPIConnection, _record: object) -> None:
    """Enable foreign keys and WAL, and let `lower` know all letters, not just ASCII."""
    cursor = connection.cursor()
    cursor.execute("PRAGMA foreign_keys = ON")
    cursor.execute("PRAGMA journal_mode = WAL")
    cursor.execute("PRAGMA synchronous = NORMAL")
    cursor.close()
    connection.create_function("lower", 1, lower, deterministic=True)


def lower(text: str | None) -> str | None:
    return None if text is None else text.lower()


@asynccontextmanager
async def open_database(settings: Settings) -> AsyncGenerator[Database]:
    """Open a session factory. The first session opens the file."""
    timeout = {"timeout": settings.database_timeout}
    # {% if sync %}
    url = database_url(settings)
    engine = create_engine(url, connect_args=timeout, hide_parameters=not settings.debug)
    event.listen(engine, "connect", prepare)
    # {% else %}
    url = database_url(settings).set(drivername="sqlite+aiosqlite")
    engine = create_async_engine(url, connect_args=timeout, hide_parameters=not settings.debug)
    event.listen(engine.sync_engine, "connect", prepare)
    # {% endif %}
    try:
        yield async_sessionmaker(engine, expire_on_commit=False)
    finally:
        await engine.dispose()
# {% if blocking %}


@contextmanager
def open_blocking_database(settings: Settings) -> Generator[BlockingDatabase]:
    """Open a session factory for synchronous jobs. The first session opens the file."""
    timeout = {"timeout": settings.database_timeout}
    engine = create_engine(
        database_url(settings), connect_args=timeout, hide_parameters=not settings.debug
    )
    event.listen(engine, "connect", prepare)
    try:
        yield sessionmaker(engine, expire_on_commit=False)
    finally:
        engine.dispose()
# {% endif %}


async def ping(database: Database) -> None:
    async with database() as session:
        await session.execute(text("SELECT 1"))
