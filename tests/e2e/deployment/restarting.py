"""A service's own `deploy/nginx/restart.sh` under load; what it asks of Docker Compose, the tests do."""

import os
import signal
import subprocess
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, ExitStack
from http.client import HTTPException
from itertools import cycle, islice
from pathlib import Path
from threading import Event
from typing import Self

from tests.e2e.deployment.nginx import Nginx
from tests.services import Running, free_port

Step = tuple[str, Callable[[], object]]
"""What `docker compose` is asked for, and what does the same here."""

Answered = tuple[str, int | str]
"""A method, and the status that it had for an answer, or what went wrong."""

_CLIENTS = 24
_ADDRESSES = 240
_BATCH = 50
_ITEMS = "/api/v1/items"
_ITEM = b'{"name": "Chair", "price": "49.90"}'
_REQUESTS = (
    ("GET", f"{_ITEMS}?limit=1", None),
    ("POST", _ITEMS, _ITEM),
    *(("GET", "/health/live", None) for _ in range(3)),
)
_DOCKER = """\
#!/bin/sh
set -eu
cd "$(dirname "$0")"
echo "$*" >asking
mv asking asked
while [ -e asked ]; do sleep 0.05; done
"""


class Containers:
    """What stands for the containers `app` and `spare`: processes on ports of loopback.

    Args:
        serve: serves on a port until the end of a block.

    """

    def __init__(self, serve: Callable[[int], AbstractContextManager[Running]]) -> None:
        self.ports = {"app": free_port(), "spare": free_port()}
        self._serve = serve
        self._stack = ExitStack()
        self._running: dict[str, Running] = {}

    def __enter__(self) -> Self:
        self.start("app")
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def start(self, name: str) -> None:
        """Start one, and wait until it is ready."""
        self._running[name] = self._stack.enter_context(self._serve(self.ports[name]))

    def end(self, name: str) -> None:
        """Tell one to end, and wait until it has, which is in order."""
        process = self._running[name].process
        process.send_signal(signal.SIGTERM)
        assert process.wait(45) == 0

    def replace(self, name: str) -> None:
        """End one, and start it again."""
        self.end(name)
        self.start(name)

    def steps(self, front: Nginx) -> list[Step]:
        """Return what a restart without migrations and workers does."""
        return [
            ("build", lambda: None),
            ("--profile spare up --detach --wait --no-deps --no-recreate spare", lambda: self.start("spare")),
            ("exec -T nginx touch /run/spare", front.spare_file.touch),
            ("up --detach --wait --no-deps --force-recreate app", lambda: self.replace("app")),
            ("exec -T nginx rm /run/spare", front.spare_file.unlink),
            ("--profile spare rm --stop --force spare", lambda: self.end("spare")),
        ]


def restart(service: Path, folder: Path, steps: Sequence[Step]) -> None:
    """Run the script, which has to ask for these steps in this order."""
    docker = folder / "docker"
    docker.write_text(_DOCKER)
    docker.chmod(0o755)
    environment = os.environ | {"PATH": f"{folder}{os.pathsep}{os.environ['PATH']}"}
    script = ["sh", str(service / "deploy" / "nginx" / "restart.sh")]
    process = subprocess.Popen(script, env=environment, start_new_session=True)
    try:
        for command, do in steps:
            assert _asked(process, folder / "asked") == f"compose {command}"
            do()
            (folder / "asked").unlink()
        assert process.wait(10) == 0
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def _asked(process: subprocess.Popen[bytes], file: Path) -> str:
    while not file.exists():
        assert process.poll() is None, "restart.sh ended before all was done"
        time.sleep(0.02)
    return file.read_text().strip()


def answers_during(
    work: Callable[[], None], front: Nginx, headers: Mapping[str, str], least: int
) -> Counter[Answered]:
    """Ask for items and make some, by many clients at once, for as long as something is being done.

    Args:
        work: is begun after a fifth of the least requests.
        front: is asked.
        headers: go with each request.
        least: how many requests there are at least.

    Returns:
        How often each method was answered in which way.

    """
    batches: list[Counter[Answered]] = []
    over = Event()

    def ask(client: int) -> None:
        addresses = cycle(range(client, _ADDRESSES, _CLIENTS))
        while not over.is_set() or len(batches) * _BATCH < least:
            batches.append(_batch(front, headers, f"127.0.1.{next(addresses) + 1}"))

    with ThreadPoolExecutor(_CLIENTS) as pool:
        asking = [pool.submit(ask, client) for client in range(_CLIENTS)]
        try:
            while len(batches) * _BATCH < least / 5:
                time.sleep(0.05)
            work()
        finally:
            over.set()
        for asked in asking:
            asked.result()
    return sum(batches, Counter())


def _batch(front: Nginx, headers: Mapping[str, str], address: str) -> Counter[Answered]:
    """Send some requests on one connection, one after the other."""
    answers: Counter[Answered] = Counter()
    connection = front.connect(address)
    for method, path, body in islice(cycle(_REQUESTS), _BATCH):
        try:
            connection.request(method, path, body, {"Content-Type": "application/json", **headers})
            response = connection.getresponse()
            response.read()
            answers[method, response.status] += 1
        except (OSError, HTTPException) as error:
            answers[method, repr(error)] += 1
            connection.close()
    connection.close()
    return answers
