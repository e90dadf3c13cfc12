"""Copy all rows to another database: `uv run -m migrations.copy SOURCE TARGET`."""

import argparse
import sys
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import (
    JSON,
    Column,
    ColumnElement,
    Connection,
    Engine,
    Table,
    Text,
    bindparam,
    cast,
    create_engine,
    func,
    insert,
    inspect,
    make_url,
    select,
    text,
)
from sqlalchemy.exc import ArgumentError, StatementError
from sqlalchemy.pool import NullPool

import app.main  # noqa: F401 -- so that every model is known
from app.database.base import Base

INVALID_URL = (ArgumentError, ValueError)
INVALID_VALUE = (ArithmeticError, LookupError, TypeError, ValueError)
DRIVERS = {
    "sqlite": "sqlite",
    "postgres": "postgresql+psycopg",
    "postgresql": "postgresql+psycopg",
    "postgresql+psycopg": "postgresql+psycopg",
}
BATCH = 5_000
NOT_DEFERRABLE = text(
    "SELECT conrelid::regclass::text, quote_ident(conname) FROM pg_constraint"
    " WHERE contype = 'f' AND NOT condeferrable"
)


class RefusedError(Exception):
    """These databases cannot be copied as they are."""


class FailedError(Exception):
    """The rows cannot be copied as they are."""


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="uv run -m migrations.copy", description=__doc__)
    parser.add_argument("source", help="for example sqlite:///data/app.db")
    parser.add_argument("target", help="for example postgresql://user:password@host:5432/name")
    options = parser.parse_args(arguments)
    try:
        source, target = open_engine(options.source), open_engine(options.target)
        counts = copy(source, target)
    except RefusedError as error:
        parser.error(str(error))
    except (StatementError, FailedError) as error:
        raise SystemExit(f"Nothing was copied. {getattr(error, 'orig', error)}") from None
    for table, count in counts.items():
        sys.stdout.write(f"{count:>12,}  {table}\n")


def open_engine(address: str) -> Engine:
    """Return an engine for a URL. Never show the URL: it may contain a password."""
    try:
        url = make_url(address)
    except INVALID_URL:
        raise RefusedError("not a URL such as sqlite:///data/app.db") from None
    if url.drivername not in DRIVERS:
        raise RefusedError("a URL must begin with sqlite:/// or postgresql://")
    if url.drivername == "sqlite" and not Path(url.database or "").is_file():
        raise RefusedError(f"there is no file {url.database}; first: uv run alembic upgrade head")
    try:
        return create_engine(url.set(drivername=DRIVERS[url.drivername]), poolclass=NullPool)
    except ModuleNotFoundError as error:
        raise RefusedError(f"{error.name} is missing: uv run --with 'psycopg[binary]' …") from None


def copy(source: Engine, target: Engine) -> dict[str, int]:
    """Copy the tables of all models in one transaction, and return how many rows each has."""
    with snapshot(source) as read, target.begin() as write:
        refuse_other_schema(read, write)
        tables = list(Base.metadata.tables.values())
        if filled := [table.name for table in tables if has_rows(write, table)]:
            raise RefusedError(f"the target already has rows in {', '.join(filled)}")
        with deferred_foreign_keys(write):
            for table in tables:
                copy_table(read, write, table)
        if write.dialect.name == "postgresql":
            for table in tables:
                reset_sequences(write, table)
        return checked_counts(read, write, tables)


@contextmanager
def snapshot(engine: Engine) -> Generator[Connection]:
    """Yield a connection with a snapshot of all tables."""
    with engine.connect() as connection:
        if engine.dialect.name == "sqlite":
            connection.exec_driver_sql("BEGIN")
        else:
            connection.execution_options(isolation_level="REPEATABLE READ")
        yield connection


def refuse_other_schema(read: Connection, write: Connection) -> None:
    scripts = ScriptDirectory.from_config(Config(toml_file="pyproject.toml"))
    for name, connection in (("source", read), ("target", write)):
        heads = MigrationContext.configure(connection).get_current_heads()
        if set(heads) != set(scripts.get_heads()):
            command = f"uv run alembic -x url={name.upper()} upgrade head"
            raise RefusedError(f"the {name} is not at the last migration; first: {command}")
    known = {*Base.metadata.tables, "alembic_version"}
    if unknown := sorted(set(inspect(read).get_table_names()) - known):
        sys.stderr.write(f"Not copied, because no model describes them: {', '.join(unknown)}\n")


def has_rows(connection: Connection, table: Table) -> bool:
    return connection.execute(select(1).select_from(table).limit(1)).first() is not None


@contextmanager
def deferred_foreign_keys(connection: Connection) -> Generator[None]:
    """Check foreign keys at the end, so that rows can refer to later ones."""
    if connection.dialect.name == "sqlite":
        yield
        for table, row, *_ in connection.exec_driver_sql("PRAGMA foreign_key_check"):
            raise FailedError(f"A row of {table} refers to one that is missing (rowid {row}).")
        return
    constraints = connection.execute(NOT_DEFERRABLE).all()
    alter = "ALTER TABLE {} ALTER CONSTRAINT {} {}"
    for table, name in constraints:
        connection.exec_driver_sql(alter.format(table, name, "DEFERRABLE INITIALLY DEFERRED"))
    yield
    connection.exec_driver_sql("SET CONSTRAINTS ALL IMMEDIATE")
    for table, name in constraints:
        connection.exec_driver_sql(alter.format(table, name, "NOT DEFERRABLE"))


def copy_table(read: Connection, write: Connection, table: Table) -> None:
    """Copy the rows in batches. JSON is copied as text, so it stays exactly the same."""
    columns = [column for column in table.columns if column.computed is None]
    names = [f"new_{column.name}" for column in columns]
    wanted = select(*(cast(column, Text) if is_json(column) else column for column in columns))
    values = {column.name: new_value(column, write.dialect.name) for column in columns}
    total, done = count_rows(read, table), 0
    try:
        for batch in read.execution_options(yield_per=BATCH).execute(wanted).partitions():
            rows = [dict(zip(names, row, strict=True)) for row in batch]
            write.execute(insert(table).values(values), rows)
            done += len(rows)
            sys.stderr.write(f"{table.name}: {done:,} of {total:,}\n")
    except INVALID_VALUE as error:
        raise FailedError(
            f"{table.name} has a value that its model does not allow: {error}"
        ) from None


def is_json(column: Column[Any]) -> bool:
    return isinstance(column.type, JSON)


def new_value(column: Column[Any], database: str) -> ColumnElement[Any]:
    """Return the parameter of a column in an INSERT."""
    if not is_json(column):
        return bindparam(f"new_{column.name}", type_=column.type)
    written = bindparam(f"new_{column.name}", type_=Text())
    return written if database == "sqlite" else cast(written, column.type)


def count_rows(connection: Connection, table: Table) -> int:
    return connection.scalar(select(func.count()).select_from(table)) or 0


def reset_sequences(connection: Connection, table: Table) -> None:
    """Let PostgreSQL number the next row after the highest number."""
    name = connection.dialect.identifier_preparer.format_table(table)
    for column in table.columns:
        sequence = connection.scalar(
            text("SELECT pg_get_serial_sequence(:table, :column)"),
            {"table": name, "column": column.name},
        )
        if sequence:
            highest = select(func.max(column)).scalar_subquery()
            connection.execute(select(func.setval(sequence, highest)))


def checked_counts(read: Connection, write: Connection, tables: list[Table]) -> dict[str, int]:
    counts = {}
    for table in tables:
        counts[table.name] = count_rows(write, table)
        if counts[table.name] != (expected := count_rows(read, table)):
            raise FailedError(f"{table.name} has {counts[table.name]} rows instead of {expected}.")
    return counts


if __name__ == "__main__":
    main()
