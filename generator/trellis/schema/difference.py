"""What a step changes in a service's schema, and which data that deletes."""

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
        BadInputError: the user has a table of the same name as one that the template adds.

    """
    found = deepcopy(own)
    names = {table.original: table.name for table in own.values()}
    for name in new.keys() - old.keys():
        if name in own:
            raise BadInputError(
                f"{own[name].path} creates a table {name}, which the step creates as well; rename yours first"
            )
        found[name] = deepcopy(new[name])
    for name in old.keys() - new.keys():
        found.pop(names.get(name, ""), None)
    for name in old.keys() & new.keys() & names.keys():
        _change(found[names[name]], old[name], new[name])
    return found


def lost_data(before: Schema, after: Schema) -> list[str]:
    """Return the tables, and the columns of other tables, that are in the first schema only, in words."""
    tables = [f"the table {name}" for name in sorted(before.keys() - after.keys())]
    columns = [
        f"the column {column} of {name}"
        for name in sorted(before.keys() & after.keys())
        for column in before[name].columns
        if column not in after[name].columns
    ]
    return tables + columns


def _change(table: Table, old: Table, new: Table) -> None:
    for name in old.columns.keys() - new.columns.keys():
        table.drop_column(name)
    _merge(table.columns, old.columns, new.columns)
    _merge(table.constraints, old.constraints, new.constraints)
    _merge(table.indexes, old.indexes, new.indexes)


def _merge(found: dict[str, T], old: Mapping[str, T], new: Mapping[str, T]) -> None:
    """Bring the changes between two versions into a third."""
    for name in old.keys() - new.keys():
        found.pop(name, None)
    for name, wanted in new.items():
        if name not in old or (wanted != old[name] and name in found):
            found[name] = wanted
