"""Which errors of PostgreSQL pass by themselves."""

from sqlalchemy.exc import DBAPIError, OperationalError

NO_CONNECTION = "08"
NO_RESOURCES = "53"
SHUT_DOWN = "57P"
SERIALIZATION_FAILURE = "40001"
DEADLOCK = "40P01"
PASSING = (NO_CONNECTION, NO_RESOURCES, SHUT_DOWN, SERIALIZATION_FAILURE, DEADLOCK)


def is_unavailable(error: DBAPIError) -> bool:
    """Tell whether the same request may succeed later, by PostgreSQL's SQLSTATE."""
    state: str | None = getattr(error.orig, "sqlstate", None)
    if state is None:
        return isinstance(error, OperationalError)
    return state.startswith(PASSING)
