"""The database for workers, whose jobs are synchronous."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import create_engine, event
from sqlalchemy.orm import Session, sessionmaker

from app.database.config import DatabaseSettings
from app.database.connection import database_url, prepare

Database = sessionmaker[Session]


@contextmanager
def open_database(settings: DatabaseSettings) -> Iterator[Database]:
    """Open a session factory. The first session opens the file."""
    timeout = {"timeout": settings.database_timeout}
    engine = create_engine(database_url(settings), connect_args=timeout)
    event.listen(engine, "connect", prepare)
    try:
        yield sessionmaker(engine, expire_on_commit=False)
    finally:
        engine.dispose()
