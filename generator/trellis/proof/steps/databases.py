"""Databases for services, and a process that runs their migrations."""

import json
import os
import subprocess
import uuid
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

from trellis.proof.environments.shared import Environment

Look = Mapping[str, Any]
"""The content of a database: its `schema`, and its `rows` by table."""

_PROGRAM = Path(__file__).with_name("migrate.py")


class DataError(Exception):
    """A step does the wrong thing to a database."""


class Migrator:
    """Runs migrations in a process that has imported the libraries.

    Args:
        process: the program `migrating`.

    """

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def run(self, folder: Path, environment: Mapping[str, str], *actions: Sequence[object]) -> list[Look]:
        """Run these operations on a service's database, and return their results.

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


@cache
def migrator(environment: Environment, modules: Sequence[str]) -> Migrator:
    """Return the process that runs migrations for this one, and ends with it.

    Args:
        environment: the environment with the libraries.
        modules: the modules that it imports first.

    """
    return Migrator(
        subprocess.Popen(
            [str(environment.python), "-P", str(_PROGRAM), *modules],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"},
        )
    )


@contextmanager
def database(runner: Migrator, server: str | None, room: Path) -> Generator[dict[str, str]]:
    """Make an empty database.

    Args:
        runner: makes it on a server.
        server: the address of a PostgreSQL server; None for a file of SQLite.
        room: the folder for that file.

    Yields:
        The environment variables that name it.

    """
    name = f"trellis_{uuid.uuid4().hex}"
    if server is None:
        yield {"DATABASE_PATH": str(room / f"{name}.db")}
        return
    runner.run(room, {}, ["administer", server, f"CREATE DATABASE {name}"])
    try:
        base, _, query = server.partition("?")
        url = f"{base.rpartition('/')[0]}/{name}"
        yield {"DATABASE_URL": f"{url}?{query}" if query else url}
    finally:
        runner.run(room, {}, ["administer", server, f"DROP DATABASE {name}"])
