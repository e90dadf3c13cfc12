"""Rooms over Redis on two real processes: clients of both talk with each other, and tabs of a browser do."""

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

pytestmark = [pytest.mark.combinations, pytest.mark.xdist_group("combinations")]

CLIENT = Path(__file__).with_name("rooms_client.py")
ENVIRONMENT = {name: value for name, value in os.environ.items() if name != "VIRTUAL_ENV"}
REDIS = """
import sys
from dev.redis import embedded_redis
with embedded_redis() as url:
    print(url, flush=True)
    sys.stdin.read()
"""

Processes = list[tuple[str, int]]


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a service with rooms over Redis, installed."""
    folder = tmp_path_factory.mktemp("rooms") / "service"
    options = ["--defaults", "--no-git", "--set", "websockets=redis", "--set", "static_files=true"]
    subprocess.run([sys.executable, "-m", "trellis", "new", str(folder), *options], check=True)
    subprocess.run(["uv", "sync", "--quiet"], cwd=folder, env=ENVIRONMENT, check=True)  # noqa: S607
    return folder


@pytest.fixture
def processes(service: Path) -> Iterator[Processes]:
    """Start two processes of the service on one Redis; return the address and the id of each."""
    with ExitStack() as stack:
        python = str(service / ".venv" / "bin" / "python")
        redis = stack.enter_context(
            subprocess.Popen(
                [python, "-c", REDIS],
                cwd=service,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
            )
        )
        assert redis.stdout is not None
        url = redis.stdout.readline().strip()
        yield [stack.enter_context(started(python, service, url)) for _ in range(2)]
        redis.communicate()


@contextmanager
def started(python: str, service: Path, redis: str) -> Iterator[tuple[str, int]]:
    """Run uvicorn on a free port of loopback."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [python, "-m", "uvicorn", "app.main:app", "--port", str(port)]
    process = subprocess.Popen(command, cwd=service, env={**ENVIRONMENT, "REDIS_URL": redis})
    try:
        wait_until_ready(f"http://127.0.0.1:{port}/health/ready")
        yield f"http://127.0.0.1:{port}", process.pid
    finally:
        process.terminate()
        process.wait(20)


def wait_until_ready(url: str) -> None:
    for _ in range(200):
        try:
            urllib.request.urlopen(url, timeout=2).close()  # noqa: S310 (on loopback)
        except OSError:
            time.sleep(0.1)
        else:
            return
    pytest.fail("The service did not start.")


def run_client(service: Path, *arguments: str) -> None:
    command = [str(service / ".venv" / "bin" / "python"), str(CLIENT), *arguments]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr


def test_two_processes_share_rooms_and_say_goodbye(service: Path, processes: Processes) -> None:
    (first, _), (second, process) = processes
    run_client(service, "chat", first, second, str(process))


def test_two_tabs_of_a_browser_show_the_same_room(service: Path, processes: Processes) -> None:
    program = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if program is None:
        pytest.skip("Chromium is not on this machine: the page of rooms was not tried in a browser")
    (first, _), (second, _) = processes
    run_client(service, "tabs", first, second, program)
