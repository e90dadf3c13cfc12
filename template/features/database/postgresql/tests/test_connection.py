import pytest
from fastapi.testclient import TestClient
from psycopg import errors
from pydantic import SecretStr, ValidationError
from sqlalchemy import Engine, create_engine, text
from sqlalchemy.exc import DBAPIError, OperationalError

from app.config import Settings
from app.database.connection import connect_args, database_url
from app.database.errors import is_unavailable


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+psycopg"])
def test_url_is_given_the_driver_of_the_service(scheme: str) -> None:
    settings = Settings(database_url=SecretStr(f"{scheme}://ada:pass%40word@db:5433/app"))
    expected = "postgresql+psycopg://ada:pass%40word@db:5433/app"
    assert settings.database_url.get_secret_value() == expected


@pytest.mark.parametrize("url", ["mysql://db/app", "sqlite://", "db:5432", "postgresql://db:x/a"])
def test_other_url_is_refused(url: str) -> None:
    with pytest.raises(ValidationError, match="postgresql://"):
        Settings(database_url=SecretStr(url))


def test_parameters_of_the_url_are_kept(settings: Settings) -> None:
    url = settings.database_url.get_secret_value()
    parameters = "connect_timeout=3&application_name=shop&options=-c%20timezone%3DAsia%2FTokyo"
    changed = settings.model_copy(
        update={
            "database_url": SecretStr(f"{url}{'&' if '?' in url else '?'}{parameters}"),
            "database_prepared_statements": False,
        }
    )
    assert connect_args(changed) == {"prepare_threshold": None}
    engine = create_engine(database_url(changed), connect_args=connect_args(changed))
    with engine.connect() as connection:
        shown = connection.execute(
            text("SELECT current_setting('application_name'), current_setting('timezone')")
        )
        assert tuple(shown.one()) == ("shop", "Asia/Tokyo")
    engine.dispose()


@pytest.mark.parametrize(
    ("parameter", "message"),
    [
        ("sslmod=require", 'is not valid: invalid connection option "sslmod"'),
        ("sslmode=bogus", "is not valid: invalid sslmode value"),
        ("connect_timeout=abc", "must have a number as connect_timeout"),
        ("host=a,b&port=1,2,3", "is not valid: "),
        ("prepare_threshold=0", "DATABASE_PREPARED_STATEMENTS"),
        ("client_encoding=latin1", "must leave client_encoding and datestyle"),
        ("options=-c DateStyle=German", "must leave client_encoding and datestyle"),
    ],
)
def test_parameter_that_nothing_understands_is_refused(parameter: str, message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        Settings(database_url=SecretStr(f"postgresql://db/app?{parameter}"))


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
