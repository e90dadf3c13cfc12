from collections.abc import Iterator

import pytest
from fastapi.testclient import TestClient
from pymongo.errors import (
    NetworkTimeout,
    OperationFailure,
    PyMongoError,
    ServerSelectionTimeoutError,
)

from app.config import Settings
from app.database.dependencies import DatabaseDep
from app.database.errors import StaleDocumentError, is_unavailable
from app.main import create_app


@pytest.fixture
def failing_client(client: TestClient, settings: Settings) -> Iterator[TestClient]:
    """Yield a client of a service whose routes cause database errors."""
    app = create_app(settings)

    @app.post("/twice")
    async def twice(database: DatabaseDep) -> None:
        for _ in range(2):
            await database["things"].insert_one({"_id": "the same"})

    @app.post("/too-late")
    async def too_late() -> None:
        raise StaleDocumentError

    @app.post("/nonsense")
    async def nonsense(database: DatabaseDep) -> None:
        await database.command("nonsense")

    @app.post("/down")
    async def down() -> None:
        raise ServerSelectionTimeoutError("ada:hunter2@db")

    with TestClient(app) as failing_client:
        yield failing_client


def problem(client: TestClient, path: str) -> tuple[int, str]:
    response = client.post(path)
    assert response.headers["content-type"] == "application/problem+json"
    return response.status_code, response.json()["detail"]


def test_key_that_is_taken_is_a_conflict(failing_client: TestClient) -> None:
    assert problem(failing_client, "/twice") == (409, "The request conflicts with stored data.")


def test_log_of_a_conflict_names_no_stored_value(
    failing_client: TestClient, caplog: pytest.LogCaptureFixture
) -> None:
    failing_client.post("/twice")
    [told] = [text for text in caplog.messages if text.startswith("Conflict: ")]
    assert "things" in told
    assert "{" not in told


def test_document_deleted_in_the_meantime_is_a_conflict(failing_client: TestClient) -> None:
    assert problem(failing_client, "/too-late")[0] == 409


def test_wrong_command_is_the_services_fault_and_not_shown(failing_client: TestClient) -> None:
    assert problem(failing_client, "/nonsense") == (500, "An internal error occurred.")


def test_database_that_is_down_is_not_available(failing_client: TestClient) -> None:
    response = failing_client.post("/down")
    assert response.status_code == 503
    assert response.headers["retry-after"] == "5"
    assert response.json()["detail"] == "The database is not available."


@pytest.mark.parametrize(
    ("error", "unavailable"),
    [
        (NetworkTimeout(), True),
        (OperationFailure("conflict", 112, {"errorLabels": ["TransientTransactionError"]}), True),
        (OperationFailure("bad value", 2), False),
    ],
)
def test_error_that_passes_may_be_tried_again(error: PyMongoError, *, unavailable: bool) -> None:
    assert is_unavailable(error) == unavailable
