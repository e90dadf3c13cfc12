import pytest
from fastapi.testclient import TestClient
from psycopg import errors
from pydantic import SecretStr, ValidationError
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError, OperationalError

from app.config import Settings
from app.database.availability import is_unavailable


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+psycopg"])
def test_url_is_given_the_driver_of_the_service(scheme: str) -> None:
    settings = Settings(database_url=SecretStr(f"{scheme}://ada:pass%40word@db:5433/app"))
    expected = "postgresql+psycopg://ada:pass%40word@db:5433/app"
    assert settings.database_url.get_secret_value() == expected


@pytest.mark.parametrize("url", ["mysql://db/app", "sqlite://", "db:5432", "postgresql://db:x/a"])
def test_other_url_is_refused(url: str) -> None:
    with pytest.raises(ValidationError, match="postgresql://"):
        Settings(database_url=SecretStr(url))


def test_password_is_not_shown() -> None:
    settings = Settings(database_url=SecretStr("postgresql://ada:hunter2@db/app"))
    assert "hunter2" not in repr(settings)


@pytest.mark.parametrize(
    "error", [errors.SerializationFailure, errors.DeadlockDetected, errors.AdminShutdown]
)
def test_error_that_passes_may_be_tried_again(error: type[errors.Error]) -> None:
    assert is_unavailable(OperationalError(None, None, error()))


@pytest.mark.parametrize("error", [errors.UndefinedTable, errors.SyntaxError, errors.DataError])
def test_other_error_is_a_fault(error: type[errors.Error]) -> None:
    assert not is_unavailable(DBAPIError(None, None, error()))


def test_connections_that_were_cut_cost_one_request(client: TestClient, engine: Engine) -> None:
    assert client.get("/health/ready").status_code == 200
    with engine.connect() as connection:
        connection.execute(
            text(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
        )
    assert [client.get("/health/ready").status_code for _ in range(2)] == [503, 200]
