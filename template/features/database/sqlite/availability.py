"""Which errors of SQLite pass by themselves."""

import sqlite3

from sqlalchemy.exc import DBAPIError

PASSING = {
    sqlite3.SQLITE_BUSY,
    sqlite3.SQLITE_LOCKED,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_CANTOPEN,
}


def is_unavailable(error: DBAPIError) -> bool:
    """Tell whether the same request may succeed later, by SQLite's primary result code."""
    code: int = getattr(error.orig, "sqlite_errorcode", 0)
    return code & 0xFF in PASSING
