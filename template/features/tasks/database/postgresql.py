"""The database for workers, whose jobs are synchronous."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import create_engine
from sqlalchemy.orm import Session, sessionmaker

from app.database.config import DatabaseSettings
from app.database.connection import connect_args, database_url

Database = sessionmaker[Session]


@contextmanager
def open_database(settings: DatabaseSettings) -> Iterator[Database]:
    """Open a session factory. A process runs one job at a time, so it needs few connections."""
    engine = create_engine(
        database_url(settings),
        pool_size=1,
        pool_timeout=settings.database_timeout,
        pool_pre_ping=True,
        connect_args=connect_args(settings),
    )
    try:
        yield sessionmaker(engine, expire_on_commit=False)
    finally:
        engine.dispose()
