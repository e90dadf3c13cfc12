"""Runs the migrations of services, each in a fork of a process that has imported the libraries already.

Like `forkserver`, it runs by itself under the shared environment's interpreter. Its arguments are modules to
import first. It reads one job a line from its standard input and prints one answer a line, both JSON:

    {"folder": "…", "environment": {}, "actions": [["upgrade", "head"], ["fill", 3], ["look"]]}
    {"looks": [{"schema": {}, "rows": {}}], "problem": null}

`look` returns the schema and all rows of the database, `fill` adds rows to each of its tables, `use` goes on
with another database; `documents` fills and looks at one of MongoDB.
"""

import asyncio
import contextlib
import json
import os
import re
import sys
import traceback
import uuid
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from importlib import import_module
from typing import Any

command: Any = import_module("alembic.command")  # the generator itself has no Alembic
configuration: Any = import_module("alembic.config")
sa: Any = import_module("sqlalchemy")

VERSION = "alembic_version"
_CRASHED = '{"looks": [], "problem": "the process crashed"}'
_FAR = datetime(2999, 1, 1, tzinfo=UTC)
_START = datetime(2026, 1, 1, tzinfo=UTC)


def run(job: Mapping[str, Any]) -> dict[str, Any]:
    """Do what a job says, in this process."""
    os.environ.update(job["environment"])
    os.chdir(job["folder"])
    sys.path.insert(0, job["folder"])
    sys.dont_write_bytecode = True
    for descriptor in (1, 2):
        os.dup2(os.open(os.devnull, os.O_WRONLY), descriptor)
    looks: list[dict[str, Any]] = []
    for name, *arguments in job["actions"]:
        try:
            looked = ACTIONS[name](*arguments)
        except BaseException:  # noqa: BLE001 (whatever goes wrong is the answer)
            return {"looks": looks, "problem": f"{name} fails:\n{traceback.format_exc()}"}
        if looked:
            looks.append(looked)
    return {"looks": looks, "problem": None}


def upgrade(revision: str) -> None:
    """Run `alembic upgrade`."""
    command.upgrade(_config(), revision)


def downgrade(revision: str) -> None:
    """Run `alembic downgrade`."""
    command.downgrade(_config(), revision)


def check() -> None:
    """Run `alembic check`: the models say what the database has."""
    command.check(_config())


def use(variables: Mapping[str, str]) -> None:
    """Go on with another database."""
    os.environ.update(variables)


def look() -> dict[str, Any]:
    """Return the schema and all rows of the database."""
    with _engine().connect() as connection:
        inspector = sa.inspect(connection)
        names = [name for name in inspector.get_table_names() if name != VERSION]
        metadata = sa.MetaData()
        metadata.reflect(connection)
        return {
            "schema": {name: _described(inspector, name) for name in names},
            "rows": {name: _rows(connection, metadata.tables[name]) for name in names},
        }


def fill(start: int) -> None:
    """Add three rows to each table. Each is there for the next one, which may refer to it."""
    with _engine().begin() as connection:
        metadata = sa.MetaData()
        metadata.reflect(connection)
        for table in metadata.sorted_tables:
            for number in range(start, start + 3) if table.name != VERSION else ():
                connection.execute(table.insert(), _row(connection, table, number))


def administer(url: str, sql: str) -> None:
    """Tell a PostgreSQL server something."""
    address = sa.make_url(url).set(drivername="postgresql+psycopg")
    engine = sa.create_engine(address, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(sa.text(sql))
    engine.dispose()


def documents(start: int) -> dict[str, Any]:
    """Open a database of MongoDB as the service does, and add documents; return what it holds."""
    return asyncio.run(_documents(start))


ACTIONS: dict[str, Callable[..., dict[str, Any] | None]] = {
    action.__name__: action for action in (upgrade, downgrade, check, use, look, fill, documents, administer)
}


async def _documents(start: int) -> dict[str, Any]:
    import_module("app.main")
    settings = import_module("app.config").load_settings()
    async with import_module("app.database.connection").open_database(settings) as database:
        schema: dict[str, Any] = {}
        rows: dict[str, list[str]] = {}
        names = await database.list_collection_names()
        for name in sorted(name for name in names if not name.startswith("_")):
            collection = database[name]
            indexes = await collection.index_information()
            schema[name] = {key: str(sorted(index.items())) for key, index in sorted(indexes.items())}
            await collection.insert_many([_document(indexes, start + number) for number in range(3)])
            rows[name] = sorted([repr(document) async for document in collection.find()])
        return {"schema": schema, "rows": rows}


def _document(indexes: Mapping[str, Any], number: int) -> dict[str, Any]:
    """Return a document that has a value of its own for each index."""
    found: dict[str, Any] = {"_id": uuid.uuid4()}
    for index in indexes.values():
        expires = "expireAfterSeconds" in index
        values = {
            key: _FAR + timedelta(hours=number) if expires else f"{key} {number}" for key, _ in index["key"]
        }
        found = {**values, **found}
    return found


def _config() -> Any:  # noqa: ANN401 (Alembic's)
    return configuration.Config(toml_file="pyproject.toml")


def _engine() -> Any:  # noqa: ANN401 (SQLAlchemy's)
    load_settings = import_module("app.config").load_settings
    url = import_module("app.database.connection").database_url(load_settings())
    return sa.create_engine(url, poolclass=sa.NullPool)


def _described(inspector: Any, name: str) -> dict[str, Any]:  # noqa: ANN401 (likewise)
    """Return all that is known of a table, without the order in which columns and constraints stand."""
    columns = {
        column["name"]: {key: str(value) for key, value in column.items() if key != "name"}
        for column in inspector.get_columns(name)
    }
    constraints = [
        inspector.get_pk_constraint(name),
        *inspector.get_foreign_keys(name),
        *inspector.get_unique_constraints(name),
        *inspector.get_check_constraints(name),
        *inspector.get_indexes(name),
    ]
    return {
        "columns": columns,
        "constraints": sorted(json.dumps(one, default=str, sort_keys=True) for one in constraints),
    }


def _rows(connection: Any, table: Any) -> list[dict[str, str]]:  # noqa: ANN401 (likewise)
    rows = [
        {name: repr(value) for name, value in row.items()}
        for row in connection.execute(table.select()).mappings()
    ]
    return sorted(rows, key=lambda row: sorted(row.items()))


def _row(connection: Any, table: Any, number: int) -> dict[str, Any]:  # noqa: ANN401 (likewise)
    """Return a row that the table takes."""
    row = {}
    for column in table.columns:
        if column.foreign_keys:
            [key] = column.foreign_keys
            rows = connection.execute(key.column.table.select().with_only_columns(key.column))
            known = rows.scalars().all()[-3:]
            row[column.name] = known[number % len(known)] if known else None
        else:
            row[column.name] = _value(table, column, number)
    return row


def _value(table: Any, column: Any, number: int) -> Any:  # noqa: ANN401, PLR0911 (likewise)
    allowed = _allowed(table, column.name)
    if allowed:
        return allowed[number % len(allowed)]
    unique = uuid.uuid5(uuid.NAMESPACE_OID, f"{table.name}.{column.name}.{number}")
    kind = column.type.__visit_name__.lower()
    length = getattr(column.type, "length", None)
    if kind == "uuid":
        return unique
    if kind in ("datetime", "timestamp"):
        return _START + timedelta(hours=number)
    if kind in ("json", "jsonb"):
        return [f"tag {number}"]
    if kind == "boolean":
        return bool(number % 2)
    if kind == "numeric":
        return Decimal(number) + Decimal("0.25")
    if kind in ("char", "string", "varchar", "text"):
        return f"{unique.hex}@example.com"[: length or 200] if length != 32 else unique.hex  # noqa: PLR2004
    return number + 1


def _allowed(table: Any, column: str) -> list[str]:  # noqa: ANN401 (likewise)
    """Return the texts that a check constraint lets a column have."""
    for constraint in table.constraints:
        text = str(getattr(constraint, "sqltext", ""))
        if re.search(rf"\b{column}\b", text) and (found := re.findall(r"'([^']*)'", text)):
            return found
    return []


def main() -> None:
    """Import what the services need, then do one job after the other."""
    for name in sys.argv[1:]:
        with contextlib.suppress(ImportError):
            import_module(name)
    for line in sys.stdin:
        reading, writing = os.pipe()
        process = os.fork()
        if not process:
            with os.fdopen(writing, "w") as answer:
                json.dump(run(json.loads(line)), answer)
            os._exit(0)
        os.close(writing)
        with os.fdopen(reading) as answer:
            sys.stdout.write((answer.read() or _CRASHED) + "\n")
            sys.stdout.flush()
        os.waitpid(process, 0)


if __name__ == "__main__":
    main()
