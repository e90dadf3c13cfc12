"""The changes of a step to a service's schema, and the data that they delete."""

from collections.abc import Mapping
from copy import deepcopy
from typing import TypeVar

from trellis.errors import BadInputError
from trellis.schema.model import Schema, Table

T = TypeVar("T")


def carried_over(old: Schema, new: Schema, own: Schema) -> Schema:
    """Return a service's own schema with the changes of its template.

    Args:
        old: the template's schema before.
        new: the template's schema afterwards.
        own: the service's schema: with what the user added, without what the user dropped.

    Raises:
        BadInputError: the user has a table or a column of the same name as one that the template adds.

    """
    found = deepcopy(own)
    names = {table.original: table.name for table in own.values()}
    for name in new.keys() - old.keys():
        if name in own:
            raise BadInputError(
                f"{own[name].path} creates a table {name}, and so does Trellis",
                "rename your table first",
                code="migration_conflict",
            )
        found[name] = deepcopy(new[name])
    for name in old.keys() - new.keys():
        found.pop(names.get(name, ""), None)
    for name in old.keys() & new.keys() & names.keys():
        _change(found[names[name]], old[name], new[name])
    return found


def lost_data(before: Schema, after: Schema) -> list[str]:
    """Describe the tables, columns and values that only the first schema has."""
    tables = [f"the table {name}" for name in sorted(before.keys() - after.keys())]
    columns = [
        f"the column {column} of {name}"
        for name in sorted(before.keys() & after.keys())
        for column in before[name].columns
        if column not in after[name].columns
    ]
    values = [
        f"those values of {name}.{column} that {referent} does not have"
        for name in sorted(before.keys() & after.keys())
        for column, referent, _ in new_references(before[name], after[name])
    ]
    return tables + columns + values


def new_references(before: Table, after: Table) -> list[tuple[str, str, str]]:
    """Return the existing columns that get a foreign key: column, table, column."""
    return [
        (constraint.columns[0], constraint.referent, constraint.remote[0])
        for key, constraint in after.constraints.items()
        if constraint.kind == "foreignkey" and key not in before.constraints
        if len(constraint.columns) == 1 and constraint.columns[0] in before.columns
    ]


def _change(table: Table, old: Table, new: Table) -> None:
    for name in new.columns.keys() - old.columns.keys():
        if name in table.columns:
            raise BadInputError(
                f"your column {name} of {table.name} has the name of one that Trellis adds",
                "rename your column first",
                code="migration_conflict",
            )
    for name in old.columns.keys() - new.columns.keys():
        table.drop_column(name)
    _merge(table.columns, old.columns, new.columns)
    _merge(table.constraints, old.constraints, new.constraints)
    _merge(table.indexes, old.indexes, new.indexes)


def _merge(found: dict[str, T], old: Mapping[str, T], new: Mapping[str, T]) -> None:
    """Apply the changes between two versions to a third."""
    for name in old.keys() - new.keys():
        found.pop(name, None)
    for name, wanted in new.items():
        if name not in old or (wanted != old[name] and name in found):
            found[name] = wanted
