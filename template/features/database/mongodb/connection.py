"""The pool of connections to MongoDB."""

# {% if blocking %}
from collections.abc import AsyncGenerator, Generator
from contextlib import asynccontextmanager, contextmanager
# {% else %}
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
# {% endif %}

# {% if blocking %}
from pymongo import AsyncMongoClient, MongoClient
# {% else %}
from pymongo import AsyncMongoClient
# {% endif %}
from pymongo.asynchronous.database import AsyncDatabase
# {% if blocking %}
from pymongo.database import Database as PyMongoDatabase
# {% endif %}

from app.config import Settings
from app.database.documents import INDEXES, Document, update_indexes

Database = AsyncDatabase[Document]
# {% if blocking %}
BlockingDatabase = PyMongoDatabase[Document]
# {% endif %}


def create_client(settings: Settings) -> AsyncMongoClient[Document]:
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
async def open_database(settings: Settings) -> AsyncGenerator[Database]:
    """Create the indexes and yield the database. Raise an error if the server does not answer."""
    async with create_client(settings) as client:
        database = client.get_default_database()
        await ping(database)
        await update_indexes(database, INDEXES)
        yield database
# {% if blocking %}


@contextmanager
def open_blocking_database(settings: Settings) -> Generator[BlockingDatabase]:
    """Open the database for synchronous jobs. The service creates the indexes."""
    milliseconds = int(settings.database_timeout * 1000)
    with MongoClient[Document](
        settings.database_url.get_secret_value(),
        serverSelectionTimeoutMS=milliseconds,
        timeoutMS=milliseconds,
        tz_aware=True,
        uuidRepresentation="standard",
    ) as client:
        yield client.get_default_database()
# {% endif %}


async def ping(database: Database) -> None:
    await database.command("ping")
