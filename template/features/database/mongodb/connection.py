"""The pool of connections to MongoDB."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from pymongo import AsyncMongoClient, IndexModel
from pymongo.asynchronous.database import AsyncDatabase

from app.database.config import DatabaseSettings

Document = dict[str, Any]
Database = AsyncDatabase[Document]

INDEXES: dict[str, list[IndexModel]] = {}
"""The indexes of each collection, made at the start; a module of yours adds its own."""


def create_client(settings: DatabaseSettings) -> AsyncMongoClient[Document]:
    milliseconds = int(settings.database_timeout * 1000)
    return AsyncMongoClient(
        settings.database_url.get_secret_value(),
        maxPoolSize=settings.database_pool_size,
        serverSelectionTimeoutMS=milliseconds,
        timeoutMS=milliseconds,
        tz_aware=True,
        uuidRepresentation="standard",
    )


@asynccontextmanager
async def open_database(settings: DatabaseSettings) -> AsyncIterator[Database]:
    """Make the indexes and give the database; raise where the server does not answer."""
    async with create_client(settings) as client:
        database = client.get_default_database()
        await ping(database)
        for collection, indexes in INDEXES.items():
            await database[collection].create_indexes(indexes)
        yield database


async def ping(database: Database) -> None:
    await database.command("ping")
