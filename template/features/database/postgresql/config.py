"""Database settings."""

import re
from typing import Annotated

from psycopg import ProgrammingError
from psycopg.conninfo import make_conninfo
from psycopg.pq import PGconn
from pydantic import AfterValidator, BaseModel, SecretStr
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError

from app.setting_types import Amount, Count

INVALID_URL = (ArgumentError, ValueError)
NUMBERS = re.compile(r"connect_timeout|keepalives\w*|tcp_user_timeout")
NOWHERE = "/nowhere"


def with_driver(url: SecretStr) -> SecretStr:
    """Add the driver to the URL. Refuse URLs of other databases."""
    try:
        parsed = make_url(url.get_secret_value())
    except INVALID_URL:
        raise ValueError("not a URL like postgresql://user:password@host:5432/name") from None
    if parsed.drivername not in {"postgres", "postgresql", "postgresql+psycopg"}:
        raise ValueError("must begin with postgresql://")
    parsed = parsed.set(drivername="postgresql+psycopg")
    check_parameters(parsed)
    return SecretStr(parsed.render_as_string(hide_password=False))


def check_parameters(url: URL) -> None:
    """Refuse parameters that libpq does not know, and values that it refuses."""
    if "prepare_threshold" in url.query:
        raise ValueError("has prepare_threshold: use the setting database_prepared_statements")
    for name, value in url.query.items():
        if NUMBERS.fullmatch(name) and not re.fullmatch(r"-?\d{1,6}", str(value)):
            raise ValueError(f"must have a number as {name}")
    try:  # a host without a server, so that libpq checks the values but connects to nothing
        _, options = PGDialect_psycopg().create_connect_args(url)
        hosts = re.sub(r"[^,]+", NOWHERE, options.get("host", NOWHERE))
        attempt = PGconn.connect_start(make_conninfo(**options | {"host": hosts}).encode())
    except (ArgumentError, ProgrammingError) as error:
        raise ValueError(f"is not valid: {error}".rstrip()) from None
    reason = attempt.error_message.decode(errors="replace")
    attempt.finish()
    if reason and NOWHERE not in reason:
        raise ValueError(f"is not valid: {reason.partition(':')[0].rstrip()}")


class DatabaseSettings(BaseModel):
    database_url: Annotated[SecretStr, AfterValidator(with_driver)] = SecretStr(
        "postgresql+psycopg://app:app@localhost:5432/app"
    )
    database_pool_size: Count = 5
    database_max_overflow: Amount = 10
    database_timeout: Count = 5
    database_prepared_statements: bool = True
