"""Connections to the SQLite file."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from sqlalchemy import URL, event, text
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine

from app.database.config import DatabaseSettings

Database = async_sessionmaker[AsyncSession]


def database_url(settings: DatabaseSettings) -> URL:
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
async def open_database(settings: DatabaseSettings) -> AsyncIterator[Database]:
    """Open a session factory. The first session opens the file."""
    engine = create_async_engine(
        database_url(settings).set(drivername="sqlite+aiosqlite"),
        connect_args={"timeout": settings.database_timeout},
    )
    event.listen(engine.sync_engine, "connect", prepare)
    try:
        yield async_sessionmaker(engine, expire_on_commit=False)
    finally:
        await engine.dispose()


async def ping(database: Database) -> None:
    async with database() as session:
        await session.execute(text("SELECT 1"))
