"""Database settings."""

from typing import Annotated

from psycopg import ProgrammingError
from psycopg.conninfo import make_conninfo
from pydantic import AfterValidator, BaseModel, NonNegativeInt, PositiveInt, SecretStr
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError

INVALID_URL = (ArgumentError, ValueError)


def with_driver(url: SecretStr) -> SecretStr:
    """Add the driver to the URL. Refuse URLs of other databases."""
    try:
        parsed = make_url(url.get_secret_value())
    except INVALID_URL:
        raise ValueError("not a URL like postgresql://user:password@host:5432/name") from None
    if parsed.drivername not in {"postgres", "postgresql", "postgresql+psycopg"}:
        raise ValueError("must begin with postgresql://")
    check_parameters(parsed)
    parsed = parsed.set(drivername="postgresql+psycopg")
    return SecretStr(parsed.render_as_string(hide_password=False))


def check_parameters(url: URL) -> None:
    """Refuse parameters that libpq does not know."""
    if "prepare_threshold" in url.query:
        raise ValueError("has prepare_threshold: use the setting database_prepared_statements")
    try:
        make_conninfo(**{name: str(value) for name, value in url.query.items()})
    except ProgrammingError as error:
        raise ValueError(f"has an {error}") from None


class DatabaseSettings(BaseModel):
    database_url: Annotated[SecretStr, AfterValidator(with_driver)] = SecretStr(
        "postgresql+psycopg://app:app@localhost:5432/app"
    )
    database_pool_size: PositiveInt = 5
    database_max_overflow: NonNegativeInt = 10
    database_timeout: PositiveInt = 5
    database_prepared_statements: bool = True
