"""Temporary errors of SQLite."""

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
    """Return whether the same request may succeed later, by the primary result code."""
    code: int = getattr(error.orig, "sqlite_errorcode", 0)
    return code & 0xFF in PASSING
