"""The database for workers, whose jobs are synchronous."""

from collections.abc import Iterator
from contextlib import contextmanager

from pymongo import MongoClient
from pymongo import database as pymongo_database

from app.database.config import DatabaseSettings
from app.database.connection import Document

Database = pymongo_database.Database[Document]


@contextmanager
def open_database(settings: DatabaseSettings) -> Iterator[Database]:
    """Open the database. The service creates the indexes."""
    milliseconds = int(settings.database_timeout * 1000)
    with MongoClient[Document](
        settings.database_url.get_secret_value(),
        serverSelectionTimeoutMS=milliseconds,
        timeoutMS=milliseconds,
        tz_aware=True,
        uuidRepresentation="standard",
    ) as client:
        yield client.get_default_database()
