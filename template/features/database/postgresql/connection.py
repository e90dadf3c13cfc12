"""The pool of connections to PostgreSQL."""

# {% if blocking %}
from collections.abc import AsyncGenerator, Generator
from contextlib import asynccontextmanager, contextmanager
# {% else %}
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
# {% endif %}
from typing import Any

# {% if blocking or sync %}
from sqlalchemy import URL, create_engine, make_url, text
# {% else %}
from sqlalchemy import URL, make_url, text
# {% endif %}
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
    return make_url(settings.database_url.get_secret_value())


def connect_args(settings: Settings) -> dict[str, Any]:
    """Return what psycopg is told besides the URL, which takes precedence."""
    arguments: dict[str, Any] = {}
    if "connect_timeout" not in database_url(settings).query:
        arguments["connect_timeout"] = settings.database_timeout
    if not settings.database_prepared_statements:
        arguments["prepare_threshold"] = None
    return arguments


@asynccontextmanager
async def open_database(settings: Settings) -> AsyncGenerator[Database]:
    """Open a session factory. The first session connects."""
    engine = create_async_engine(
        database_url(settings),
        pool_size=settings.database_pool_size,
        max_overflow=settings.database_max_overflow,
        pool_timeout=settings.database_timeout,
        connect_args=connect_args(settings),
        hide_parameters=not settings.debug,
    )
    try:
        yield async_sessionmaker(engine, expire_on_commit=False)
    finally:
        await engine.dispose()
# {% if blocking %}


@contextmanager
def open_blocking_database(settings: Settings) -> Generator[BlockingDatabase]:
    """Open a session factory for jobs. A process runs one at a time, so it needs few connections."""
    engine = create_engine(
        database_url(settings),
        pool_size=1,
        pool_timeout=settings.database_timeout,
        pool_pre_ping=True,
        connect_args=connect_args(settings),
        hide_parameters=not settings.debug,
    )
    try:
        yield sessionmaker(engine, expire_on_commit=False)
    finally:
        engine.dispose()
# {% endif %}


async def ping(database: Database) -> None:
    async with database() as session:
        await session.execute(text("SELECT 1"))
