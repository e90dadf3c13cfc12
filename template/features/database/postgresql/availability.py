"""Temporary errors of PostgreSQL."""

from sqlalchemy.exc import DBAPIError, OperationalError

NO_CONNECTION = "08"
NO_RESOURCES = "53"
SHUT_DOWN = "57P"
SERIALIZATION_FAILURE = "40001"
DEADLOCK = "40P01"
PASSING = (NO_CONNECTION, NO_RESOURCES, SHUT_DOWN, SERIALIZATION_FAILURE, DEADLOCK)


def is_unavailable(error: DBAPIError) -> bool:
    """Return whether the same request may succeed later, by the SQLSTATE of the error."""
    state: str | None = getattr(error.orig, "sqlstate", None)
    if state is None:
        return isinstance(error, OperationalError)
    return state.startswith(PASSING)
