"""Answer database errors."""

import logging
# {% if database == 'sqlite' %}
import sqlite3
# {% endif %}

from fastapi import FastAPI, Request, Response
# {% if database == 'postgresql' %}
from psycopg import errors
# {% endif %}
from sqlalchemy import exc
from sqlalchemy.orm.exc import StaleDataError

from app.errors import problem_response

logger = logging.getLogger(__name__)

# {% if database == 'sqlite' %}
CONFLICTS = {
    sqlite3.SQLITE_CONSTRAINT_UNIQUE,
    sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY,
    sqlite3.SQLITE_CONSTRAINT_FOREIGNKEY,
    sqlite3.SQLITE_CONSTRAINT_TRIGGER,  # also a foreign key with RESTRICT
}
TEMPORARY = {
    sqlite3.SQLITE_BUSY,
    sqlite3.SQLITE_LOCKED,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_CANTOPEN,
}
# {% else %}
CONFLICTS = (
    errors.UniqueViolation,
    errors.ExclusionViolation,
    errors.ForeignKeyViolation,
    errors.RestrictViolation,
)
NO_CONNECTION = "08"
NO_RESOURCES = "53"
SHUT_DOWN = "57P"
SERIALIZATION_FAILURE = "40001"
DEADLOCK = "40P01"
TEMPORARY = (NO_CONNECTION, NO_RESOURCES, SHUT_DOWN, SERIALIZATION_FAILURE, DEADLOCK)
# {% endif %}


def install_database_errors(app: FastAPI) -> None:
    app.exception_handler(StaleDataError)(on_conflict)
    app.exception_handler(exc.DBAPIError)(on_database_error)
    app.exception_handler(exc.TimeoutError)(on_no_connection)


async def on_conflict(request: Request, error: Exception) -> Response:
    logger.info("Conflict: %s", str(error).partition("\n")[0])  # below it, PostgreSQL quotes values
    return problem_response(request.scope, 409, "The request conflicts with stored data.")


async def on_database_error(request: Request, error: exc.DBAPIError) -> Response:
    """Answer 409 where stored rows are in the way, and 503 where the same request may succeed later.

    A row that is wrong by itself (NOT NULL, CHECK) is a fault of the service: its schemas accept
    what its models refuse.
    """
    if is_conflict(error):
        return await on_conflict(request, error)
    if is_unavailable(error):
        return await on_no_connection(request, error)
    raise error


async def on_no_connection(request: Request, error: Exception) -> Response:
    logger.warning("The database is not available: %s", error)
    return problem_response(request.scope, 503, "The database is not available.")


# {% if database == 'sqlite' %}
def is_conflict(error: exc.DBAPIError) -> bool:
    return error_code(error) in CONFLICTS


def is_unavailable(error: exc.DBAPIError) -> bool:
    """Look at the primary result code."""
    return error_code(error) & 0xFF in TEMPORARY


def error_code(error: exc.DBAPIError) -> int:
    return getattr(error.orig, "sqlite_errorcode", 0)
# {% else %}
def is_conflict(error: exc.DBAPIError) -> bool:
    return isinstance(error.orig, CONFLICTS)


def is_unavailable(error: exc.DBAPIError) -> bool:
    state: str | None = getattr(error.orig, "sqlstate", None)
    if state is None:
        return isinstance(error, exc.OperationalError)
    return state.startswith(TEMPORARY)
# {% endif %}
