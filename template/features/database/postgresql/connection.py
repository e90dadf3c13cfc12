"""The pool of connections to PostgreSQL."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from sqlalchemy import URL, make_url, text
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine

from app.database.config import DatabaseSettings

Database = async_sessionmaker[AsyncSession]


def database_url(settings: DatabaseSettings) -> URL:
    return make_url(settings.database_url.get_secret_value())


def connect_args(settings: DatabaseSettings) -> dict[str, Any]:
    """Return what psycopg is told besides the URL, which takes precedence."""
    arguments: dict[str, Any] = {}
    if "connect_timeout" not in database_url(settings).query:
        arguments["connect_timeout"] = settings.database_timeout
    if not settings.database_prepared_statements:
        arguments["prepare_threshold"] = None
    return arguments


@asynccontextmanager
async def open_database(settings: DatabaseSettings) -> AsyncIterator[Database]:
    """Open a session factory. The first session connects."""
    engine = create_async_engine(
        database_url(settings),
        pool_size=settings.database_pool_size,
        max_overflow=settings.database_max_overflow,
        pool_timeout=settings.database_timeout,
        connect_args=connect_args(settings),
    )
    try:
        yield async_sessionmaker(engine, expire_on_commit=False)
    finally:
        await engine.dispose()


async def ping(database: Database) -> None:
    async with database() as session:
        await session.execute(text("SELECT 1"))
