"""The data of a service: a database with rows at the old head, and what a step makes of it."""

import json
import os
import subprocess
import uuid
from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from trellis.errors import BadInputError
from trellis.living.copies import Copies
from trellis.living.migrations import find_heads, read_migrations
from trellis.living.service import open_service
from trellis.living.step import made_step, read_files
from trellis.proof.environment import Environment
from trellis.proof.rendering import File, write_files
from trellis.proof.source import SERVICE
from trellis.proof.stepping import VERSION, Files, commit
from trellis.schema.difference import lost_data
from trellis.schema.model import Schema
from trellis.schema.reader import read_schema

ROWS = 3
"""How many rows each table gets at each stage."""

_PROGRAM = Path(__file__).with_name("migrating.py")
_MODULES = (
    "alembic.command",
    "alembic.config",
    "fastapi",
    "pydantic_settings",
    "sqlalchemy.orm",
    "structlog",
)

Look = Mapping[str, Any]
"""What a database holds: its `schema`, and its `rows` by table."""


@dataclass(frozen=True)
class Stage:
    """A service at one time.

    Args:
        name: says which.
        fresh: the service as it is made with its answers, with what the user added.
        changes: the answers that change to get there; none for the first stage.

    """

    name: str
    fresh: Files
    changes: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True)
class Outcome:
    """What became of a database.

    Args:
        rows: how many rows there were before each step, and how many of them there are afterwards.
        problem: what is wrong, if anything is.

    """

    rows: Sequence[tuple[int, int]] = ()
    problem: str | None = None


class DataError(Exception):
    """A step does not do to a database what it should; the text says what."""


class Migrator:
    """Runs migrations in a process that has imported the libraries.

    Args:
        process: the program `migrating`.

    """

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def run(self, folder: Path, environment: Mapping[str, str], *actions: Sequence[object]) -> list[Look]:
        """Do these things with a service's database, and return what was seen.

        Raises:
            DataError: something fails.

        """
        job = {"folder": str(folder), "environment": dict(environment), "actions": actions}
        assert self._process.stdin is not None  # noqa: S101 (Popen was given pipes)
        assert self._process.stdout is not None  # noqa: S101 (likewise)
        self._process.stdin.write(json.dumps(job) + "\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        answer = json.loads(line) if line else {"problem": "the process that runs the migrations ended"}
        if answer["problem"]:
            raise DataError(f"{folder.name}: {answer['problem']}")
        return answer["looks"]


@contextmanager
def migrator(environment: Environment) -> Iterator[Migrator]:
    """Start a process that runs migrations."""
    command = [str(environment.python), "-P", str(_PROGRAM), *_MODULES]
    variables = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=variables
    ) as process:
        try:
            yield Migrator(process)
        finally:
            process.terminate()


@contextmanager
def database(runner: Migrator, server: str | None, room: Path) -> Iterator[dict[str, str]]:
    """Make an empty database.

    Args:
        runner: does so on a server.
        server: the address of a PostgreSQL server; None for a file of SQLite.
        room: a folder for that file.

    Yields:
        The variables that name it.

    """
    name = f"trellis_{uuid.uuid4().hex}"
    if server is None:
        yield {"DATABASE_PATH": str(room / f"{name}.db")}
        return
    runner.run(room, {}, ["create", server, name])
    try:
        base, _, query = server.partition("?")
        url = f"{base.rpartition('/')[0]}/{name}"
        yield {"DATABASE_URL": f"{url}?{query}" if query else url}
    finally:
        runner.run(room, {}, ["drop", server, name])


def travel(stages: Sequence[Stage], runner: Migrator, server: str | None, room: Path) -> Outcome:
    """Take a service with a database in use from stage to stage.

    Args:
        stages: the stages.
        runner: runs its migrations.
        server: the address of a PostgreSQL server; None for SQLite.
        room: a folder that is empty.

    """
    rows: list[tuple[int, int]] = []
    try:
        with database(runner, server, room) as variables:
            service = _Service(_written(stages[0].fresh, room / "0"), runner, variables)
            service.start()
            for number, stage in enumerate(stages[1:], 1):
                rows.append(service.step(stage, room / str(number)))
                fresh = _written(stage.fresh, room / f"fresh-{number}")
                with database(runner, server, room) as others:
                    [look] = runner.run(fresh, others, ["upgrade", "head"], ["look"])
                _require_same(service.look["schema"], look["schema"], f"{stage.name}, and made afresh")
    except (DataError, BadInputError) as error:
        return Outcome(rows, str(error))
    return Outcome(rows)


class _Service:
    """A service with its database.

    Args:
        folder: the service.
        runner: runs its migrations.
        variables: name its database.

    """

    def __init__(self, folder: Path, runner: Migrator, variables: Mapping[str, str]) -> None:
        self._folder, self._runner, self._variables = folder, runner, variables
        self._filled = 0
        self.look: Look = {}

    def start(self) -> None:
        """Make the database, and put rows into all tables."""
        self._run(["upgrade", "head"])
        self._fill()

    def step(self, stage: Stage, folder: Path) -> tuple[int, int]:
        """Take a step, and bring the database to it, back and forth; return how many rows there were and are.

        Raises:
            DataError: the database is not what it should be afterwards.
            BadInputError: the step is refused.

        """
        before = self.look
        commit(self._folder)
        [head] = find_heads(read_migrations(read_files(self._folder)).values())
        with (
            Copies() as copies,
            made_step(open_service(self._folder), stage.changes, VERSION, copies) as step,
        ):
            files = {path: File.of(data) for path, data in step.after.items()}
            lost = step.migrations.lost
            undone = lost_data(_schema_of(step.after), _schema_of(step.before))
        self._folder = _written(files, folder)
        to, back = ["upgrade", "head"], ["downgrade", head]
        after, down, again = self._run(to, ["check"], ["look"], back, ["look"], to, ["look"])
        _require_same(before["schema"], down["schema"], f"{stage.name}, back to {head}")
        _require_same(after["schema"], again["schema"], f"{stage.name}, back and forth")
        counts = _kept_rows(before, after, lost, stage.name)
        _kept_rows(before, again, [*lost, *undone], f"{stage.name}, back and forth")
        self._fill()
        return counts

    def _fill(self) -> None:
        [self.look] = self._run(["fill", self._filled], ["look"])
        self._filled += ROWS

    def _run(self, *actions: Sequence[object]) -> list[Look]:
        return self._runner.run(self._folder, self._variables, *actions)


def _written(files: Files, folder: Path) -> Path:
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


def _kept_rows(before: Look, after: Look, lost: Sequence[str], what: str) -> tuple[int, int]:
    """Refuse rows that are not what they were; return how many there were and are, in tables that stay."""
    counts = [0, 0]
    for table in before["rows"].keys() & after["rows"].keys():
        named = {column for column in before["schema"][table]["columns"] if _is_lost(table, column, lost)}
        columns = (
            before["schema"][table]["columns"].keys() & after["schema"][table]["columns"].keys()
        ) - named
        old, new = (_projected(look["rows"][table], columns) for look in (before, after))
        if old != new:
            raise DataError(f"{what}: the rows of {table} differ: {old} other than {new}")
        counts[0] += len(old)
        counts[1] += len(new)
    return counts[0], counts[1]


def _is_lost(table: str, column: str, lost: Sequence[str]) -> bool:
    return any(f"{table}.{column} " in what for what in lost)


def _projected(rows: Sequence[Mapping[str, str]], columns: AbstractSet[str]) -> list[list[str]]:
    return sorted([row[column] for column in sorted(columns)] for row in rows)
