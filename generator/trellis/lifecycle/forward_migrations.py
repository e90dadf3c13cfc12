"""Adds the migrations of a step after those of the service, which never change.

Databases in use have the service's migrations. So a step appends the template's new migrations where they are
enough. Otherwise it writes one that leads from the service's old schema to the new one.
"""

import re
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path

import yaml

from trellis.errors import BadInputError
from trellis.lifecycle.migrations import FOLDER, Migration, find_heads, linked, read_migrations
from trellis.lifecycle.references import refuse_references
from trellis.lifecycle.rendered import Files
from trellis.lifecycle.service import ANSWERS
from trellis.schema.code import imports_of
from trellis.schema.difference import carried_over
from trellis.schema.model import Schema
from trellis.schema.reader import read_schema
from trellis.schema.writer import Head, write_migration

"""The files of a service by their paths with `/`."""
Chain = Mapping[str, Migration]
"""Migrations by revision, in their order."""

_NOTHING = (None, False, "none")
_NAMED = 3
"""The most answers that a title names."""


@dataclass(frozen=True)
class Added:
    """The migrations that a step adds.

    Args:
        files: their contents by path, in their order.
        lost: descriptions of the data that they delete.

    """

    files: Files
    lost: Sequence[str] = ()

    @property
    def paths(self) -> list[str]:
        """Their files."""
        return list(self.files)


def go_forward(
    copy: Path, old: Files, before: Files, new: Files, unused: AbstractSet[str] = frozenset()
) -> Added:
    """Return the migrations that a step adds to the service.

    Args:
        copy: the repository in which the step is prepared, after the merge.
        old: the files that the template rendered before.
        before: the service's migrations before the step, by the paths that the template gives them.
        new: the files that the template renders now.
        unused: the tables of models that the user deleted.

    Raises:
        BadInputError: the user's migrations or models exclude it.

    """
    wanted, own = read_migrations(new), read_migrations(before)
    if not wanted:
        return Added({})
    if not own:
        return _first(wanted, unused)
    chains = _Chains(read_migrations(old), own, wanted)
    mine, target = chains.schemas()
    if mine == target:
        return Added({})
    refuse_references(copy, new, mine, target)
    return chains.appended(mine, target) or chains.written(_title(old, new), mine, target)


def _first(wanted: Chain, unused: AbstractSet[str]) -> Added:
    """Return the migrations of a service that had none; the last one drops what it does not use."""
    files = {migration.path: migration.data for migration in wanted.values()}
    everything = read_schema(_contents(wanted))
    used = {name: table for name, table in everything.items() if name not in unused}
    if used == everything:
        return Added(files)
    names = " and ".join(sorted(everything.keys() - used.keys()))
    dropped = _Chains({}, wanted, wanted).written(f"Drop {names}", everything, used)
    return Added({**files, **dropped.files})


@dataclass(frozen=True)
class _Chains:
    """The migrations that a step has to do with.

    Args:
        old: the template's before it.
        own: the service's.
        new: the template's afterwards.

    """

    old: Chain
    own: Chain
    new: Chain

    def schemas(self) -> tuple[Schema, Schema]:
        """Return the service's schema before the step and afterwards."""
        before, mine, after = (read_schema(_contents(chain)) for chain in (self.old, self.own, self.new))
        return mine, mine if before == after else carried_over(before, after, mine)

    def appended(self, mine: Schema, target: Schema) -> Added | None:
        """Return the template's new migrations after the service's head; None if they are not enough."""
        waiting = [migration for revision, migration in self.new.items() if revision not in self.old]
        known = {migration.revision for migration in waiting} & self.own.keys()
        if known or self.old.keys() - self.new.keys():
            return None
        if read_schema(((one.path, one.data) for one in waiting), deepcopy(mine)) != target:
            return None
        files: dict[str, bytes] = {}
        head = self._head()
        for migration in waiting:
            files[self._free(migration.path)] = linked(migration.data, head)
            head = migration.revision
        return Added(files)

    def written(self, title: str, mine: Schema, target: Schema) -> Added:
        """Return one migration after the service's head, written for the step."""
        imports = {
            name: line
            for chain in (self.own, self.new)
            for migration in chain.values()
            for name, line in imports_of(migration.data).items()
        }
        head = Head(title, self._next_number(), self._head())
        written = write_migration(head, mine, target, imports)
        return Added({self._free(f"{FOLDER}{written.name}"): written.text.encode()}, written.lost)

    def _head(self) -> str:
        heads = find_heads(self.own.values())
        if len(heads) != 1:
            raise BadInputError(
                f"the migrations have {len(heads)} heads: {', '.join(heads)}",
                'merge them first: uv run alembic merge --message "Merge" heads',
                code="migration_conflict",
            )
        return heads[0]

    def _next_number(self) -> str:
        names = [migration.path.removeprefix(FOLDER) for migration in self.own.values()]
        numbers = [int(name[:4]) for name in names if re.match(r"\d{4}_", name)]
        return f"{max(numbers, default=0) + 1:04}"

    def _free(self, path: str) -> str:
        """Return a path that no migration has."""
        taken = {migration.path for migration in self.own.values()}
        names = (path, *(f"{path.removesuffix('.py')}_{number}.py" for number in range(2, len(taken) + 3)))
        return next(name for name in names if name not in taken)


def _title(old: Files, new: Files) -> str:
    """Return a title that describes the step."""
    before, after = (yaml.safe_load(files[ANSWERS]) for files in (old, new))
    names = [name for name in {**after, **before} if not name.startswith("_")]
    changed = [name for name in names if before.get(name) != after.get(name)]
    main = [name for name in changed if name in before and name in after] or changed
    if not changed:
        return f"Update to {after.get('_commit')}"
    if main[_NAMED:]:
        return "Change answers"
    if main[1:]:
        return f"Change {' and '.join(main)}"
    [name] = main
    value = after.get(name)
    if value in _NOTHING:
        return f"Drop {name}"
    return f"Add {name}={value}" if before.get(name) in _NOTHING else f"Switch {name} to {value}"


def _contents(chain: Chain) -> list[tuple[str, bytes]]:
    return [(migration.path, migration.data) for migration in chain.values()]
