import pytest
from fastapi.testclient import TestClient
from pydantic import SecretStr, ValidationError
from pymongo.database import Database
from pymongo.errors import ServerSelectionTimeoutError

from app.config import Settings
from app.database.connection import INDEXES, Document
from app.main import create_app


def test_indexes_are_made_at_the_start(client: TestClient, database: Database[Document]) -> None:
    for collection, indexes in INDEXES.items():
        made = database[collection].index_information()
        assert {index.document["name"] for index in indexes} <= set(made)


def test_ready_asks_the_database(client: TestClient) -> None:
    assert "database" in client.get("/health/ready").json()["checked"]


def test_start_fails_where_the_database_is_down(settings: Settings) -> None:
    url = SecretStr("mongodb://127.0.0.1:1/none")
    down = settings.model_copy(update={"database_url": url, "database_timeout": 0.05})
    with pytest.raises(ServerSelectionTimeoutError), TestClient(create_app(down)):
        pytest.fail("The service started.")


@pytest.mark.parametrize("url", ["postgresql://db/app", "mongodb://db", "mongodb://db:x/app", ""])
def test_other_url_is_refused(url: str) -> None:
    with pytest.raises(ValidationError, match="mongodb://"):
        Settings(database_url=SecretStr(url))


def test_password_is_not_shown() -> None:
    settings = Settings(database_url=SecretStr("mongodb://ada:hunter2@db/app"))
    assert "hunter2" not in repr(settings)
