"""A database for the tests. It is empty at the start of each test."""

import os
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

import pytest
from pydantic import SecretStr
from pymongo import MongoClient
from pymongo.database import Database

from app.config import Settings
from app.database.documents import Document
from dev.mongodb import embedded_mongodb

NAME = f"test_{uuid4().hex}"


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Use the server at TEST_DATABASE_URL without its databases, or an embedded server."""
    with ExitStack() as stack:
        yield os.environ.get("TEST_DATABASE_URL") or stack.enter_context(
            embedded_mongodb(tmp_path_factory.mktemp("mongodb"))
        )


@pytest.fixture(scope="session")
def database_settings(server: str) -> dict[str, Any]:
    return {"database_url": urlsplit(server)._replace(path=f"/{NAME}").geturl()}


@pytest.fixture(scope="session")
def settings_of_no_database(settings: Settings) -> Settings:
    """Return settings with a database that is down."""
    url = SecretStr("mongodb://127.0.0.1:1/none")
    return settings.model_copy(update={"database_url": url, "database_timeout": 0.05})


@pytest.fixture(scope="session")
def database(server: str) -> Iterator[Database[Document]]:
    """Return the database of the service, with a separate client."""
    with MongoClient[Document](server, uuidRepresentation="standard") as client:
        yield client[NAME]
        client.drop_database(NAME)


@pytest.fixture
def clean_database(database: Database[Document]) -> None:
    for name in database.list_collection_names():
        database[name].delete_many({})
