"""Database settings."""

from typing import Annotated

from pydantic import AfterValidator, BaseModel, NonNegativeInt, PositiveInt, SecretStr
from sqlalchemy import make_url
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
    parsed = parsed.set(drivername="postgresql+psycopg")
    return SecretStr(parsed.render_as_string(hide_password=False))


class DatabaseSettings(BaseModel):
    database_url: Annotated[SecretStr, AfterValidator(with_driver)] = SecretStr(
        "postgresql+psycopg://app:app@localhost:5432/app"
    )
    database_pool_size: PositiveInt = 5
    database_max_overflow: NonNegativeInt = 10
    database_timeout: PositiveInt = 5
