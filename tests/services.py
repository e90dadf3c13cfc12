"""Services under test: made as a user makes them, and started on loopback."""

import http.client
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import pytest

from trellis.answers import spelled

ON_POSTGRESQL = """
import sys
import psycopg
with psycopg.connect(sys.argv[1], autocommit=True) as connection:
    for statement in sys.argv[2:]:
        connection.execute(statement)
"""
"""A program that runs statements on a server: its URL and the statements are the arguments."""

_REDIS = """
import sys
from dev.redis import embedded_redis
with embedded_redis() as url:
    print(url, flush=True)
    sys.stdin.read()
"""

ENVIRONMENT = {name: value for name, value in os.environ.items() if name != "VIRTUAL_ENV"}


def make_service(folder: Path, **answers: object) -> str:
    """Make a service with these answers, and return what Trellis says."""
    settings = [f"--set={name}={spelled(value)}" for name, value in answers.items()]
    command = [sys.executable, "-m", "trellis", "new", str(folder), "--defaults", *settings]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def install(service: Path) -> None:
    """Install what the service requires into its own environment."""
    subprocess.run(["uv", "sync", "--quiet"], cwd=service, env=ENVIRONMENT, check=True)  # noqa: S607


def free_port() -> int:
    """Return a port on which nothing listens, and which systems do not give to connections meanwhile."""
    while True:
        port = 20_000 + secrets.randbelow(12_000)
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("", port))
            return port


@dataclass(frozen=True)
class Running:
    """A process that answers HTTP on a port of loopback."""

    process: subprocess.Popen[bytes]
    port: int
    log: Path
    host: str = "127.0.0.1"

    @property
    def url(self) -> str:
        """Its address."""
        return f"http://127.0.0.1:{self.port}"

    def get(
        self, path: str, headers: Mapping[str, str] | None = None, timeout: float = 30
    ) -> tuple[int, bytes]:
        """Return the status and the body of a response, asked for on a new connection."""
        connection = http.client.HTTPConnection(self.host, self.port, timeout=timeout)
        try:
            connection.request("GET", path, headers=dict(headers or {}))
            response = connection.getresponse()
            return response.status, response.read()
        finally:
            connection.close()


@contextmanager
def started(
    command: Sequence[str],
    folder: Path,
    port: int,
    variables: Mapping[str, str] | None = None,
    host: str = "127.0.0.1",
) -> Generator[Running]:
    """Run a service until the end of the block, and interrupt it as a person would."""
    log = folder.with_name(f"log-{port}.txt")
    with log.open("w") as output:
        process = subprocess.Popen(
            command,
            cwd=folder,
            env={**ENVIRONMENT, **(variables or {})},
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    running = Running(process, port, log, host)
    try:
        wait_until_ready(running)
        yield running
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGINT)
        process.wait(60)


@contextmanager
def embedded_redis(python: Path | str, service: Path) -> Generator[str]:
    """Start the Redis that a service has for development; return its URL."""
    with subprocess.Popen(
        [python, "-c", _REDIS], cwd=service, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        yield process.stdout.readline().strip()
        process.communicate()


def wait_until_ready(running: Running) -> None:
    """Wait for the readiness of a service that was just started.

    Raises:
        Failed: it has ended, or is not ready after two minutes.

    """
    for _ in range(1200):
        if running.process.poll() is not None:
            break
        try:
            if running.get("/health/ready")[0] == 200:
                return
        except OSError:
            pass
        time.sleep(0.1)
    pytest.fail(f"The service did not start:\n{running.log.read_text()}")
