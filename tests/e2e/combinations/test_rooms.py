"""Rooms over Redis on two real processes: clients of both talk with each other, and tabs of a browser do."""

import json
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack
from pathlib import Path

import pytest

from tests.services import ENVIRONMENT, Running, embedded_redis, free_port, install, make_service, started

pytestmark = pytest.mark.combinations

CLIENT = Path(__file__).with_name("rooms_client.py")
LEAKS = Path(__file__).with_name("rooms_leaks.py")


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a service with rooms over Redis, installed."""
    folder = tmp_path_factory.mktemp("rooms") / "service"
    return installed(folder, websockets="redis", static_files=True)


def installed(folder: Path, **answers: object) -> Path:
    """Make a service, and install what it needs."""
    make_service(folder, **answers)
    install(folder)
    return folder


@pytest.fixture
def redis(service: Path) -> Iterator[str]:
    """Start the service's own Redis for development; return its URL."""
    with embedded_redis(python_of(service), service) as url:
        yield url


@pytest.fixture
def processes(service: Path, redis: str) -> Iterator[list[Running]]:
    """Start two processes of the service on one Redis."""
    with ExitStack() as stack:
        yield [stack.enter_context(served(service, redis)) for _ in range(2)]


def served(service: Path, redis: str) -> AbstractContextManager[Running]:
    """Serve as in production, on a free port of loopback."""
    port = free_port()
    variables = {"REDIS_URL": redis, "SERVER_PORT": str(port), "SERVER_DRAIN_TIME": "0"}
    return started([python_of(service), "-m", "serve"], service, port, variables)


def python_of(service: Path) -> str:
    return str(service / ".venv" / "bin" / "python")


def run_client(service: Path, *arguments: str) -> None:
    command = [python_of(service), str(CLIENT), *arguments]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr


def test_two_processes_share_rooms_and_say_goodbye(service: Path, processes: list[Running]) -> None:
    first, second = processes
    run_client(service, "chat", first.url, second.url, str(second.process.pid))


def test_two_tabs_of_a_browser_show_the_same_room(service: Path, processes: list[Running]) -> None:
    program = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if program is None:
        pytest.skip("Chromium is not on this machine: the page of rooms was not tried in a browser")
    first, second = processes
    run_client(service, "tabs", first.url, second.url, program)


def counted(service: Path, clients: int, **settings: str) -> dict[str, dict[str, int]]:
    """Return what a process of the service held before and after so many clients came and went."""
    limits = {"REALTIME_CONNECTIONS": "1000", "REALTIME_MESSAGES_PER_SECOND": "10000"}
    done = subprocess.run(
        [python_of(service), str(LEAKS), str(clients)],
        cwd=service,
        env={**ENVIRONMENT, "PYTHONPATH": ".", **limits, **settings},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    found: dict[str, dict[str, int]] = json.loads(done.stdout.splitlines()[-1])
    return found


def test_nothing_is_left_of_ten_thousand_clients(tmp_path: Path) -> None:
    service = installed(tmp_path / "service", websockets="memory")
    found = counted(service, 10_000)
    assert found["after"] == found["before"]
    assert (found["after"]["connections"], found["after"]["rooms"], found["after"]["owners"]) == (0, 0, 0)


def test_nothing_is_left_of_clients_whose_rooms_are_in_redis(service: Path, redis: str) -> None:
    found = counted(service, 2_000, REDIS_URL=redis)
    # Redis's client keeps the connections that it once needed at the same time.
    files, before = found["after"].pop("files"), found["before"].pop("files")
    assert found["after"] == found["before"]
    assert files - before <= 100
