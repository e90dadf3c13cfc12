from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic.migration import MigrationContext
from alembic.operations import Operations
from sqlalchemy import Connection, create_engine, text
from sqlalchemy.exc import IntegrityError, OperationalError

from migrations.sqlite import make_atomic

DEFINITIONS = (
    "CREATE TABLE shops (id INTEGER PRIMARY KEY, name TEXT, size INTEGER, CHECK (size > 0))",
    "CREATE TABLE visits (shop_id INTEGER REFERENCES shops (id) ON DELETE CASCADE)",
    "CREATE UNIQUE INDEX ix_shops_lower ON shops (lower(name))",
    "CREATE TRIGGER visit AFTER INSERT ON shops BEGIN INSERT INTO visits VALUES (new.id); END",
    "CREATE VIEW large AS SELECT name FROM shops WHERE size > 2 OR name = ':x'",
    "INSERT INTO shops VALUES (1, 'Ada', 3)",
)


@pytest.fixture
def connection(tmp_path: Path) -> Iterator[Connection]:
    engine = create_engine(f"sqlite:///{tmp_path / 'shops.db'}")
    make_atomic(engine)
    with engine.connect() as connection:
        for sql in DEFINITIONS:
            connection.exec_driver_sql(sql)
        connection.commit()
        yield connection
    engine.dispose()


def recreate(connection: Connection, last: str = "SELECT 1") -> None:
    context = MigrationContext.configure(connection)
    operations = Operations(context)
    with context.begin_transaction():
        with operations.batch_alter_table("shops", recreate="always"):
            pass
        operations.execute(last)


@pytest.mark.filterwarnings("ignore")
def test_recreated_table_keeps_checks_indexes_triggers_and_views(connection: Connection) -> None:
    recreate(connection)
    connection.execute(text("INSERT INTO shops VALUES (2, 'Bob', 5)"))
    assert connection.scalars(text("SELECT shop_id FROM visits")).all() == [1, 2]
    assert connection.scalars(text("SELECT name FROM large")).all() == ["Ada", "Bob"]
    for wrong in ("(3, 'ADA', 1)", "(3, 'Cy', 0)"):
        with pytest.raises(IntegrityError):
            connection.execute(text(f"INSERT INTO shops VALUES {wrong}"))  # noqa: S608


@pytest.mark.filterwarnings("ignore")
def test_failed_migration_changes_nothing(connection: Connection) -> None:
    select = text("SELECT type, name, sql FROM sqlite_master")
    before = connection.execute(select).all()
    connection.rollback()
    with pytest.raises(OperationalError):
        recreate(connection, "SELECT nothing")
    assert connection.execute(select).all() == before
