"""Proves that a step keeps the data of a service: a database with rows at the old head."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from trellis.errors import BadInputError
from trellis.lifecycle.forward_migrations import go_forward
from trellis.lifecycle.migrations import FOLDER, find_heads, read_migrations
from trellis.proof.steps.databases import DataError, Look, Migrator, database
from trellis.proof.steps.execution import commit
from trellis.proof.steps.own_data import OWN_MIGRATION
from trellis.rendering.source import SERVICE
from trellis.rendering.tree import File, TreeFiles, write_files
from trellis.schema.difference import lost_data
from trellis.schema.model import Schema
from trellis.schema.reader import read_schema

ROWS = 3
"""The number of rows for each table at each stage."""


@dataclass(frozen=True)
class Stage:
    """A service at one time.

    Args:
        name: its name.
        fresh: the new service with its answers and the user's additions.

    """

    name: str
    fresh: TreeFiles


@dataclass(frozen=True)
class Outcome:
    """The result for a database.

    Args:
        rows: the numbers of rows before each step and of those kept.
        problem: what is wrong, if anything.

    """

    rows: Sequence[tuple[int, int]] = ()
    problem: str | None = None


def travel(stages: Sequence[Stage], runner: Migrator, server: str | None, room: Path) -> Outcome:
    """Move a service with a database in use from stage to stage.

    Args:
        stages: the stages.
        runner: runs its migrations.
        server: the address of a PostgreSQL server; None for SQLite.
        room: an empty folder.

    """
    rows: list[tuple[int, int]] = []
    try:
        with database(runner, server, room) as variables:
            service = _Service(stages[0], room / "0", runner, variables)
            for number, stage in enumerate(stages[1:], 1):
                with database(runner, server, room) as others:
                    rows.append(service.step(stage, room / str(number), others))
                with database(runner, server, room) as others:
                    fresh = written(stage.fresh, room / f"fresh-{number}")
                    [look] = runner.run(fresh, others, ["upgrade", "head"], ["look"])
                _require_same(service.look["schema"], look["schema"], f"{stage.name}, and made afresh")
    except (DataError, BadInputError) as error:
        return Outcome(rows, str(error))
    return Outcome(rows)


class _Service:
    """A service with its database, which has rows in all tables.

    Args:
        stage: the service.
        folder: where it is written.
        runner: runs its migrations.
        variables: name its database.

    """

    def __init__(self, stage: Stage, folder: Path, runner: Migrator, variables: Mapping[str, str]) -> None:
        self._files, self._fresh = dict(stage.fresh), stage.fresh
        self._runner, self._variables = runner, variables
        self._filled = ROWS
        actions = ["upgrade", "head"], ["fill", 0], ["look"]
        [self.look] = runner.run(written(self._files, folder), variables, *actions)

    def step(self, stage: Stage, folder: Path, others: Mapping[str, str]) -> tuple[int, int]:
        """Take a step, migrate the database up, down and up; return the numbers of rows before and after.

        Args:
            stage: the service afterwards.
            folder: where it is written.
            others: name an empty database.

        Raises:
            DataError: the database is wrong afterwards.
            BadInputError: the step is refused.

        """
        before, [head] = self.look, find_heads(read_migrations(_contents(self._files)).values())
        lost, undone = self._go_forward(stage, folder)
        to, back = ["upgrade", "head"], ["downgrade", head]
        actions = to, ["check"], ["look"], back, ["look"], to, ["fill", self._filled], ["look"]
        afresh = ["use", others], to, ["look"], ["downgrade", "base"], ["look"]
        self._filled += ROWS
        looks = self._runner.run(written(self._files, folder), self._variables, *actions, *afresh)
        after, down, self.look, new, emptied = looks
        _require_same(before["schema"], down["schema"], f"{stage.name}, back to {head}")
        _require_same(after["schema"], self.look["schema"], f"{stage.name}, back and forth")
        _require_same(after["schema"], new["schema"], f"{stage.name}, by all migrations on a new database")
        _require_same({}, emptied["schema"], f"{stage.name}, all migrations undone")
        kept_rows(before, self.look, [*lost, *undone], f"{stage.name}, back and forth")
        return kept_rows(before, after, lost, stage.name)

    def _go_forward(self, stage: Stage, folder: Path) -> tuple[Sequence[str], Sequence[str]]:
        """Take a step; return what data it deletes, and what its downgrade deletes.

        All files except migrations are those of a new service; the proof of the steps shows that.
        """
        before, old, new = (_contents(files) for files in (self._files, self._fresh, stage.fresh))
        kept = {path: file for path, file in self._files.items() if path.startswith(FOLDER)}
        write_files(kept, folder)
        commit(folder)
        added = go_forward(folder, _of_template(old), before, _of_template(new))
        others = {path: file for path, file in stage.fresh.items() if not path.startswith(FOLDER)}
        self._files = {**others, **kept, **{path: File.of(data) for path, data in added.files.items()}}
        self._fresh = stage.fresh
        after = _contents(self._files)
        return added.lost, lost_data(_schema_of(after), _schema_of(before))


def _contents(files: TreeFiles) -> dict[str, bytes]:
    return {path: file.data for path, file in files.items()}


def _of_template(files: Mapping[str, bytes]) -> dict[str, bytes]:
    return {path: data for path, data in files.items() if path != OWN_MIGRATION}


def written(files: TreeFiles, folder: Path) -> Path:
    """Write a service into a folder; return where it is."""
    service = folder / SERVICE
    write_files(files, service)
    return service


def _schema_of(files: Mapping[str, bytes]) -> Schema:
    return read_schema((migration.path, migration.data) for migration in read_migrations(files).values())


def _require_same(one: Look, other: Look, what: str) -> None:
    """Refuse two schemas that differ."""
    differing = [
        f"{name}: {one.get(name)}\n  other than\n{other.get(name)}"
        for name in sorted(one.keys() | other.keys())
        if one.get(name) != other.get(name)
    ]
    if differing:
        raise DataError(f"{what}: the schema differs: {'; '.join(differing)}")


def kept_rows(before: Look, after: Look, lost: Sequence[str], what: str) -> tuple[int, int]:
    """Refuse lost rows; return the numbers of rows before and after, in tables that stay."""
    counts = [0, 0]
    for table in before["rows"].keys() & after["rows"].keys():
        columns = [look["schema"][table]["columns"].keys() for look in (before, after)]
        kept = sorted(name for name in columns[0] & columns[1] if not _is_lost(table, name, lost))
        old, new = (Counter(_projected(look["rows"][table], kept)) for look in (before, after))
        if missing := old - new:
            raise DataError(f"{what}: rows of {table} are missing: {[*missing]}; there are {[*new]}")
        counts[0] += old.total()
        counts[1] += (old & new).total()
    return counts[0], counts[1]


def _is_lost(table: str, column: str, lost: Sequence[str]) -> bool:
    return any(f"{table}.{column} " in what for what in lost)


def _projected(rows: Sequence[Mapping[str, str]], columns: Sequence[str]) -> list[tuple[str, ...]]:
    return [tuple(row[column] for column in columns) for row in rows]
