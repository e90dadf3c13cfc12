from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from pydantic import SecretStr, ValidationError
from pymongo import IndexModel
from pymongo.collection import Collection
from pymongo.database import Database
from pymongo.errors import OperationFailure, ServerSelectionTimeoutError

from app.config import Settings
from app.database.documents import INDEXES, Document
from app.main import create_app
from dev.mongodb import embedded_mongodb


def test_indexes_are_made_at_the_start(client: TestClient, database: Database[Document]) -> None:
    for collection, indexes in INDEXES.items():
        made = database[collection].index_information()
        assert {index.document["name"] for index in indexes} <= set(made)


def start(settings: Settings, *indexes: IndexModel) -> None:
    """Start a version of the service that wants these indexes of things."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(INDEXES, "things", list(indexes))
        with TestClient(create_app(settings)):
            pass


@pytest.fixture
def things(client: TestClient, database: Database[Document]) -> Iterator[Collection[Document]]:
    yield database["things"]
    database.drop_collection("things")


def test_index_that_the_service_wants_no_longer_is_dropped(
    things: Collection[Document], settings: Settings
) -> None:
    start(settings, IndexModel("old"), IndexModel("kept"))
    things.create_index("yours")
    start(settings, IndexModel("kept"), IndexModel("new"))
    assert set(things.index_information()) == {"_id_", "kept_1", "new_1", "yours_1"}


@pytest.mark.parametrize("before", [{"unique": True}, {"expireAfterSeconds": 60}])
def test_index_with_other_options_is_replaced(
    things: Collection[Document], settings: Settings, before: dict[str, Any]
) -> None:
    start(settings, IndexModel("name", **before))
    start(settings, IndexModel("name"))
    assert before.keys().isdisjoint(things.index_information()["name_1"])


def test_index_with_other_keys_under_the_same_name_is_replaced(
    things: Collection[Document], settings: Settings
) -> None:
    start(settings, IndexModel("name", name="main"))
    start(settings, IndexModel([("name", 1), ("age", -1)], name="main", unique=True))
    assert things.index_information()["main"]["key"] == [("name", 1), ("age", -1)]


def test_index_of_yours_on_the_same_keys_stays(
    things: Collection[Document], settings: Settings
) -> None:
    things.create_index("name", name="yours")
    start(settings, IndexModel("name"))
    assert set(things.index_information()) == {"_id_", "yours"}


def test_unique_index_that_documents_violate_stops_the_start(
    things: Collection[Document], settings: Settings
) -> None:
    things.insert_many([{"name": "same"}, {"name": "same"}])
    with pytest.raises(OperationFailure):
        start(settings, IndexModel("name", unique=True))


def test_ready_asks_the_database(client: TestClient) -> None:
    assert "database" in client.get("/health/ready").json()["checked"]


def test_start_fails_where_the_database_is_down(settings_of_no_database: Settings) -> None:
    app = create_app(settings_of_no_database)
    with pytest.raises(ServerSelectionTimeoutError), TestClient(app):
        pytest.fail("The service started.")


def test_folder_of_a_running_server_is_in_use(tmp_path: Path) -> None:
    with (
        embedded_mongodb(tmp_path),
        pytest.raises(SystemExit, match="is in use"),
        embedded_mongodb(tmp_path),
    ):
        pytest.fail("The server started.")


def test_hosts_are_not_looked_up_at_the_start() -> None:
    url = SecretStr("mongodb+srv://ada:hunter2@cluster.invalid/app?retryWrites=true")
    assert Settings(database_url=url).database_url == url


@pytest.mark.parametrize(
    "url",
    ["postgresql://db/app", "mongodb://db", "mongodb+srv://db.invalid", "mongodb://db:x/app", ""],
)
def test_other_url_is_refused(url: str) -> None:
    with pytest.raises(ValidationError, match="mongodb://"):
        Settings(database_url=SecretStr(url))


def test_password_is_not_shown() -> None:
    settings = Settings(database_url=SecretStr("mongodb://ada:hunter2@db/app"))
    assert "hunter2" not in repr(settings)
