"""A reader of a service's documents, who types every command in bash."""

import json
import os
import re
import shlex
import shutil
import signal
import socket
import subprocess
import time
import urllib.parse
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPResponse
from pathlib import Path

from tests.combinations.document_commands import Block
from tests.services import ENVIRONMENT, free_port
from trellis.proof.environment import Environment, uv_program

SECONDS = 180
"""The longest time for one command."""

PASSWORD = "correct horse battery\n"  # noqa: S105 (of a user in a test)
PRELUDE = """
set -aeo pipefail
curl() {
  command curl --silent --show-error --fail-with-body --max-time 30 -w '%{stderr}STATUS %{http_code}\n' "$@"
}
"""
REDIS = """
import sys
from dev.redis import embedded_redis
with embedded_redis() as url:
    print(url, flush=True)
    sys.stdin.read()
"""
NEW_DATABASE = """
import sys
import psycopg
with psycopg.connect(sys.argv[1], autocommit=True) as connection:
    connection.execute(f"CREATE DATABASE {sys.argv[2]}")
"""
_ON_SETTINGS = re.compile(r"\balembic\b|\bapp\.\w|-m serve$")
_WORKER = re.compile(r"^uv run --no-dev (celery|taskiq|rq|huey_consumer) ")
_ASSIGNED = re.compile(r"^([A-Z]+)=", re.MULTILINE)


class CommandError(Exception):
    """A command of a document failed; the message says how."""


@dataclass
class Reader:
    """Runs the commands of one service's documents, each in bash, on a port that is free.

    Args:
        folder: the service.
        environment: has what it requires.
        answers: the answers with which it was made.
        servers: the address of a server for each kind of database.

    """

    folder: Path
    environment: Environment
    answers: Mapping[str, object]
    servers: Mapping[str, str]
    port: int = field(default_factory=free_port)
    provider: int = field(default_factory=free_port)
    database: str = ""
    other_database: str = ""
    redis: str = ""
    key: str = ""
    running: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    @contextmanager
    def prepared(self) -> Iterator["Reader"]:
        """Make the servers and the repository that the reader has, and stop all processes at the end."""
        subprocess.run(["git", "init", "--quiet"], cwd=self.folder, check=True)  # noqa: S607
        self._move_provider()
        with ExitStack() as stack:
            stack.callback(self._stop_all)
            if (self.folder / "dev" / "redis.py").is_file():
                self.redis = stack.enter_context(self._redis())
            self._start_over()
            yield self

    def read(self, block: Block, *, only: set[str]) -> None:
        """Run the commands of a block in order.

        Args:
            block: the block.
            only: the commands of it to run.

        Raises:
            CommandError: one of them fails.

        """
        if "app.database.copy" in block.text:
            self._stop("service")
            self._start_over()
        for command in block.run:
            if command in only:
                self._type(command)

    def _type(self, command: str) -> None:
        if re.search(r"^uv run (-m dev|fastapi dev)$", command):
            self._start("service", f"{command} --port {self.port}", self.port)
        elif command == "uv run -m dev.provider":
            self._start("provider", command, self.provider)
        elif command.endswith("-m serve"):
            self._serve(command)
        elif _WORKER.search(command):
            self._work(command)
        elif "-m dev --run" in command and self.answers["database"] == "mongodb":
            self._stop("service")
            self._bash(command)
            self._start("service", f"uv run -m dev --port {self.port}", self.port)
        else:
            self._bash(command)

    def _bash(self, command: str) -> str:
        """Run a command, and keep the variables that it sets for the next ones."""
        if re.search(r"\bcurl\b", command):
            self._until_ready()
        typed, kept = self._completed(command), self.folder.parent / "variables.sh"
        names = " ".join(_ASSIGNED.findall(command))
        keep = f"declare -p {names} >> {kept} 2>/dev/null || true" if names else ""
        script = f"{PRELUDE}\n[ ! -f {kept} ] || . {kept}\n{typed}\n{keep}\n"
        done = subprocess.run(
            ["timeout", str(SECONDS), "bash", "-c", script],  # noqa: S607
            cwd=self.folder,
            env=self._variables(command),
            input=PASSWORD,
            capture_output=True,
            text=True,
            check=False,
        )
        statuses = re.findall(r"^STATUS (\d+)$", done.stderr, re.MULTILINE)
        if done.returncode or any(not status.startswith("2") for status in statuses):
            raise CommandError(f"{typed}\n{done.stdout[-3000:]}\n{done.stderr[-3000:]}{self._logs()}")
        if "create_admin" in command:
            self.key = done.stdout.splitlines()[-1]
        return done.stdout

    def _completed(self, command: str) -> str:
        """Return a command with what the reader fills in."""
        postgresql = self.servers.get("postgresql", "")
        database = self.database if self.answers["database"] == "postgresql" else self.other_database
        filled = {
            "127.0.0.1:8000": f"127.0.0.1:{self.port}",
            "postgresql://user:password@host:5432/postgres": postgresql,
            "postgresql://user:password@host:5432/name": database,
            "mongodb://host:27017": self.servers.get("mongodb", ""),
            "redis://host:6379/0": self.redis,
        }
        for placeholder, value in filled.items():
            command = command.replace(placeholder, value)
        command = re.sub(r"^KEY=\.\.\.$", lambda _: f"KEY={self.key}", command)
        return re.sub(r"^TOKEN=\.\.\.$", lambda _: f"TOKEN={self._token()}", command)

    def _variables(self, command: str) -> dict[str, str]:
        variables = {
            **ENVIRONMENT,
            "PATH": f"{Path(uv_program()).parent}{os.pathsep}{ENVIRONMENT['PATH']}",
            "UV_PROJECT_ENVIRONMENT": str(self.environment.folder),
            "UV_NO_SYNC": "1",
            "PYTEST_DEBUG_TEMPROOT": str(self.folder.parent),
        }
        if self.answers["auth"] == "oidc":
            variables["OIDC_ISSUER"] = f"http://127.0.0.1:{self.provider}"
            variables["OIDC_REDIRECT_URI"] = f"http://127.0.0.1:{self.port}/api/v1/auth/callback"
        if _ON_SETTINGS.search(command) and "-m dev" not in command:
            variables |= {"DATABASE_URL": self.database} if self.database else {}
            variables |= {"REDIS_URL": self.redis} if self.redis else {}
        return variables

    def _start(self, name: str, command: str, port: int, **variables: str) -> None:
        """Start a process that goes on, and wait until it listens."""
        if name in self.running:
            return
        log = self.folder.parent / f"{name}.log"
        with log.open("ab") as output:
            self.running[name] = subprocess.Popen(
                shlex.split(command.replace("\\\n", " ")),
                cwd=self.folder,
                env=self._variables(command) | variables,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self._until(lambda: listens(port), name)

    def _serve(self, command: str) -> None:
        """Start the service for production, ask it, and stop it."""
        port = free_port()
        production = {
            "ENVIRONMENT": "production",
            "TRUSTED_HOSTS": "127.0.0.1",
            **{name: uuid.uuid4().hex * 2 for name in ("JWT_KEY",) if self.answers["auth"] == "jwt"},
        }
        variables = {} if self.answers["auth"] == "oidc" else production  # its issuer has no https
        if self.answers["auth"] == "oidc":
            self._start("provider", "uv run -m dev.provider", self.provider)
        self._start("serve", command, port, SERVER_PORT=str(port), SERVER_DRAIN_TIME="0", **variables)
        self._until(lambda: get(port, "/health/ready").status == 200, "serve")
        self._stop("serve", signal.SIGTERM)

    def _work(self, command: str) -> None:
        """Start a worker, wait until it says something, and stop it."""
        log = self.folder.parent / "worker.log"
        with log.open("ab") as output:
            self.running["worker"] = subprocess.Popen(
                shlex.split(command.replace("\\\n", " ")),
                cwd=self.folder,
                env=self._variables(command),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self._until(lambda: log.stat().st_size > 0, "worker")
        self._stop("worker", signal.SIGTERM)

    def _stop(self, name: str, number: signal.Signals = signal.SIGINT) -> None:
        """Tell a process to stop, as Ctrl-C does or as an orchestrator does, and wait for it."""
        process = self.running.pop(name, None)
        if process is None:
            return
        if process.poll() is not None:
            raise CommandError(f"{name} ended by itself{self._logs()}")
        if number == signal.SIGINT:
            os.killpg(process.pid, number)
        else:
            process.send_signal(number)
        try:
            code = process.wait(30)
        except subprocess.TimeoutExpired:
            raise CommandError(f"{name} does not stop{self._logs()}") from None
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
        if number == signal.SIGTERM and code not in (0, 128 + number, -number):
            raise CommandError(f"{name} ended with {code}{self._logs()}")

    def _stop_all(self) -> None:
        for name in list(self.running):
            with suppress(CommandError):
                self._stop(name)

    def _until_ready(self) -> None:
        if "service" in self.running:
            self._until(lambda: get(self.port, "/health/ready").status == 200, "service")

    def _until(self, reached: Callable[[], bool], name: str) -> None:
        """Wait for a process.

        Raises:
            CommandError: it ended, or it takes too long.

        """
        ends = time.monotonic() + 60
        while time.monotonic() < ends and self.running[name].poll() is None:
            with suppress(OSError):
                if reached():
                    return
            time.sleep(0.1)
        raise CommandError(f"{name} is not ready{self._logs()}")

    def _logs(self) -> str:
        logs = sorted(self.folder.parent.glob("*.log"))
        return "".join(f"\n--- {log.name}\n{log.read_text()[-2000:]}" for log in logs)

    def _start_over(self) -> None:
        """Throw the data away, and make new databases at the latest migration."""
        shutil.rmtree(self.folder / "data", ignore_errors=True)
        (self.folder / "data").mkdir()
        answer = self.answers["database"]
        if answer == "mongodb":
            self.database = f"{self.servers['mongodb'].rstrip('/')}/d{uuid.uuid4().hex}"
        if answer not in ("sqlite", "postgresql"):
            return
        new = self._new_database()
        self.database, self.other_database = (new, "") if answer == "postgresql" else ("", new)
        for url in (new, "sqlite:///data/app.db"):
            self._bash(f"uv run alembic -x url='{url}' upgrade head")

    def _new_database(self) -> str:
        server, name = self.servers["postgresql"], f"d{uuid.uuid4().hex}"
        subprocess.run(
            [self.environment.python, "-c", NEW_DATABASE, server, name], check=True, capture_output=True
        )
        return urllib.parse.urlsplit(server)._replace(path=f"/{name}").geturl()

    def _move_provider(self) -> None:
        """Let the provider for development listen on a port that is free."""
        module = self.folder / "dev" / "provider.py"
        if module.is_file():
            module.write_text(module.read_text().replace("PORT = 9400", f"PORT = {self.provider}"))

    @contextmanager
    def _redis(self) -> Iterator[str]:
        command = [self.environment.python, "-c", REDIS]
        with subprocess.Popen(
            command, cwd=self.folder, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        ) as process:
            assert process.stdout is not None
            yield process.stdout.readline().strip()
            process.communicate()

    def _token(self) -> str:
        """Log in as a browser does, and return the access token."""
        self._until_ready()
        begun = get(self.port, "/api/v1/auth/login")
        cookies = [
            value.partition(";")[0] for name, value in begun.getheaders() if name.lower() == "set-cookie"
        ]
        answered = get(self.provider, path_of(begun), "POST", {"sub": "ada"})
        done = get(self.port, path_of(answered), headers={"Cookie": "; ".join(cookies)})
        token: str = json.loads(done.read())["access_token"]
        return token


def listens(port: int) -> bool:
    """Tell whether somebody listens on a port of loopback."""
    socket.create_connection(("127.0.0.1", port), 1).close()
    return True


def get(
    port: int,
    path: str,
    method: str = "GET",
    form: Mapping[str, str] | None = None,
    headers: Mapping[str, str] | None = None,
) -> HTTPResponse:
    """Return the response to a request on a new connection."""
    connection = HTTPConnection("127.0.0.1", port, timeout=30)
    body = urllib.parse.urlencode(form) if form else None
    kind = {"Content-Type": "application/x-www-form-urlencoded"} if form else {}
    connection.request(method, path, body, {**kind, **(headers or {})})
    return connection.getresponse()


def path_of(redirect: HTTPResponse) -> str:
    """Return the path and the query to which a response redirects."""
    url = urllib.parse.urlsplit(redirect.headers["Location"])
    return f"{url.path}?{url.query}"
