"""The Alembic operations that lead from one schema to another."""

from collections.abc import Iterator
from dataclasses import replace

from trellis.errors import BadInputError
from trellis.schema.code import call, flat, laid_out, parsed, quoted
from trellis.schema.difference import new_references
from trellis.schema.model import Column, Index, Schema, Table, ordered

_BATCH = "batch"
_DEFAULTS = {
    "String": '""',
    "Text": '""',
    "Unicode": '""',
    "UnicodeText": '""',
    "Integer": '"0"',
    "BigInteger": '"0"',
    "SmallInteger": '"0"',
    "Numeric": '"0"',
    "Float": '"0"',
    "Boolean": "sa.false()",
    "DateTime": "sa.func.now()",
    "Date": "sa.func.current_date()",
    "JSON": '"{}"',
    "LargeBinary": '""',
    "Uuid": '"00000000000000000000000000000000"',
}
"""The values that existing rows get in a new column that may not be NULL, by its type."""


def statements(before: Schema, after: Schema) -> list[str]:
    """Return the body of a function that changes one schema into another."""
    kept = sorted(before.keys() & after.keys())
    created = {name: after[name] for name in after.keys() - before.keys()}
    dropped = {name: before[name] for name in before.keys() - after.keys()}
    lines = [line for table in ordered(created) for line in _created(table)]
    lines += [line for name in kept for line in _altered(before[name], after[name])]
    for table in reversed(ordered(dropped)):
        lines += _line(call("op.drop_table", quoted(table.name)))
    return lines or ["    pass"]


def _line(statement: str, indent: int = 4) -> list[str]:
    return laid_out(statement, indent)


def _created(table: Table) -> Iterator[str]:
    parts = [part.source for part in (*table.columns.values(), *table.constraints.values())]
    yield from _line(call("op.create_table", quoted(table.name), *parts, **dict(table.options)))
    for index in table.indexes.values():
        yield from _line(_created_index("op", index, table.name))


def _created_index(owner: str, index: Index, *table: str) -> str:
    columns = f"[{', '.join(index.columns)}]"
    names = index.name.source, *map(quoted, table)
    return call(f"{owner}.create_index", *names, columns, **dict(index.options))


def _altered(before: Table, after: Table) -> Iterator[str]:
    """Return the lines that alter a table.

    SQLite recreates the table for most changes, so a batch makes as many as possible at once.
    """
    added = [column for name, column in after.columns.items() if name not in before.columns]
    filled = [_with_default(column, after.name) for column in added]
    batch = [*_drops(before, after), *_changes(before, after)]
    needed = [column for column, full in zip(added, filled, strict=True) if column != full]
    if not batch and not needed and not _creates_constraints(before, after):
        for column in added:
            yield from _line(call("op.add_column", quoted(after.name), column.source))
        for index in _new_indexes(before, after):
            yield from _line(_created_index("op", index, after.name))
        return
    batch += [call(f"{_BATCH}.add_column", column.source) for column in filled]
    batch += _creates_constraints(before, after)
    batch += [_created_index(_BATCH, index) for index in _new_indexes(before, after)]
    for column, referent, remote in new_references(before, after):
        known = f"(SELECT {remote} FROM {referent})"  # noqa: S608 (names of the service's own schema)
        sql = f"UPDATE {after.name} SET {column} = NULL WHERE {column} NOT IN {known}"  # noqa: S608 (likewise)
        yield from _line(call("op.execute", quoted(sql)))
    yield from _batch(after.name, batch)
    yield from _batch(
        after.name,
        [call(f"{_BATCH}.alter_column", quoted(c.name), server_default="None") for c in needed],
    )


def _batch(table: str, operations: list[str]) -> Iterator[str]:
    if operations:
        yield f"    with op.batch_alter_table({quoted(table)}) as {_BATCH}:"
        for operation in operations:
            yield from _line(operation, 8)


def _drops(before: Table, after: Table) -> Iterator[str]:
    for key, index in before.indexes.items():
        if after.indexes.get(key) != index:
            yield call(f"{_BATCH}.drop_index", index.name.source)
    for key, constraint in before.constraints.items():
        if after.constraints.get(key) != constraint:
            name, kind = constraint.name.source, quoted(constraint.kind)
            yield call(f"{_BATCH}.drop_constraint", name, type_=kind)
    for name in before.columns:
        if name not in after.columns:
            yield call(f"{_BATCH}.drop_column", quoted(name))


def _changes(before: Table, after: Table) -> Iterator[str]:
    for name, column in after.columns.items():
        old = before.columns.get(name, column)
        options: dict[str, str] = {}
        if column.type != old.type:
            options |= {"existing_type": old.type, "type_": column.type}
        if column.nullable != old.nullable:
            options["nullable"] = str(column.nullable)
        if column.default != old.default:
            options["server_default"] = str(column.default)
        if options:
            yield call(f"{_BATCH}.alter_column", quoted(name), **options)


def _creates_constraints(before: Table, after: Table) -> list[str]:
    return [
        constraint.created_in(_BATCH)
        for key, constraint in after.constraints.items()
        if before.constraints.get(key) != constraint
    ]


def _new_indexes(before: Table, after: Table) -> list[Index]:
    return [index for key, index in after.indexes.items() if before.indexes.get(key) != index]


def _with_default(column: Column, table: str) -> Column:
    """Return a column with a default for existing rows, if it needs one."""
    if column.nullable or column.default or column.extras:
        return column
    kind = flat(parsed(column.type)).partition("(")[0].rpartition(".")[2]
    if kind not in _DEFAULTS:
        raise BadInputError(
            f"{table}.{column.name} may not be NULL, but existing rows have no value for it",
            code="migration_conflict",
        )
    return replace(column, default=_DEFAULTS[kind])
