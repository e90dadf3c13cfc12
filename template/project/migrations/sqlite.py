"""Migrations on SQLite: all or none, and nothing is lost from a table that is recreated."""

from typing import Any

from alembic.ddl.sqlite import SQLiteImpl
from alembic.operations.batch import ApplyBatchImpl
from sqlalchemy import CheckConstraint, Connection, Engine, Table, event, text

DEFINITIONS = text(
    "SELECT name, sql FROM sqlite_master"
    " WHERE tbl_name = :table AND type IN ('index', 'trigger') AND sql IS NOT NULL"
)


def make_atomic(engine: Engine) -> None:
    """Let one transaction cover all migrations; the driver by itself commits each change of a table."""
    event.listen(engine, "connect", prepare)
    event.listen(engine, "begin", begin)


def prepare(connection: Any, _record: object) -> None:
    connection.isolation_level = None  # no transactions of the driver's own
    connection.execute("PRAGMA foreign_keys = OFF")  # else a recreated table deletes rows of others
    connection.execute("PRAGMA legacy_alter_table = ON")  # else a view of it is an error


def begin(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN IMMEDIATE")


class SQLite(SQLiteImpl):
    """Alembic's way to change tables of SQLite, in place of its own.

    Alembic recreates a table without its triggers, its indexes on expressions and its checks without a name.
    """

    __dialect__ = "sqlite"
    transactional_ddl = True
    unseen: tuple[str, ...] = ()

    def prep_table_for_batch(self, batch_impl: ApplyBatchImpl, table: Table) -> None:
        rows = self._exec(DEFINITIONS, params={"table": table.name})
        seen = {index.name for index in table.indexes}
        self.unseen = tuple(sql for name, sql in rows or () if name not in seen)
        checks = [c for c in table.constraints if isinstance(c, CheckConstraint) and not c.name]
        if batch_impl.new_table is not None:
            for check in checks:
                batch_impl.new_table.append_constraint(CheckConstraint(check.sqltext))

    def rename_table(
        self, old_table_name: str, new_table_name: str, schema: str | None = None
    ) -> None:
        super().rename_table(old_table_name, new_table_name, schema)
        for sql in self.unseen:
            self._exec(text(sql.replace(":", r"\:")))
        self.unseen = ()
