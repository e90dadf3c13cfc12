"""What a user does with a fresh service that has all features: build, deploy, log in, chat, work, restart."""

import json
import os
import shutil
import subprocess
import time
from collections.abc import Generator, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

import pytest
import yaml
from websockets.sync.client import ClientConnection, connect

from tests.e2e.deployment.image import Builder, Image, missing_tools
from tests.e2e.deployment.nginx import Nginx, is_available, nginx
from tests.e2e.deployment.restarting import Containers, answers_during, restart
from tests.services import ON_POSTGRESQL, free_port, make_service, started
from trellis.proof.environments.shared import cache_folder
from trellis.template_source import template_root

POSTGRESQL = os.environ.get("TRELLIS_POSTGRESQL_URL")
MISSING = ", ".join(
    [
        *filter(None, [missing_tools()]),
        *([] if is_available() else ["nginx"]),
        *([] if shutil.which("redis-server") else ["redis-server"]),
    ]
)

pytestmark = [
    pytest.mark.combinations,
    pytest.mark.skipif(bool(MISSING), reason=f"needs {MISSING}"),
]

REQUESTS = 10_000
ANSWERS = {
    "auth": "jwt",
    "database": "postgresql" if POSTGRESQL else "sqlite",
    "websockets": "redis",
    "tasks": "celery",
    "static_files": True,
    "deployment": "nginx",
    "ci": "github",
}


@dataclass
class Deployment:
    """What `compose.yaml` describes, on loopback: each of its own services is a process of the image."""

    service: Path
    image: Image
    mounts: Mapping[str, Path]

    def command(self, name: str, **variables: object) -> list[str]:
        """Return the command that runs one of the services as `compose.yaml` says."""
        composed = yaml.safe_load((self.service / "compose.yaml").read_text())
        described: dict[str, Any] = composed["services"][name]
        assert (described["read_only"], described["tmpfs"]) == (True, ["/tmp"])  # noqa: S108
        program = described.get("command") or self.image.settings["Cmd"]
        given = {"ENVIRONMENT": "production", "TRUSTED_HOSTS": "localhost", "TRUSTED_PROXIES": "127.0.0.1"}
        return self.image.contained(program, self.mounts, **given, **variables)

    def migrate(self) -> None:
        subprocess.run(self.command("migrations"), check=True, timeout=60)

    @contextmanager
    def worker(self) -> Generator[None]:
        """Run the worker until the end of the block, and end it in order."""
        log = self.service.with_name("worker.txt")
        with log.open("ab") as output:
            process = subprocess.Popen(self.command("worker"), stdout=output, stderr=output)
        try:
            yield
        finally:
            process.terminate()
            assert process.wait(45) == 0, log.read_text()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("acceptance")


@pytest.fixture(scope="module")
def service(folder: Path) -> Path:
    """Return a service with all features, locked, with its secrets."""
    service = folder / "service"
    make_service(service, **ANSWERS)
    subprocess.run(["uv", "lock", "--quiet", "--no-config"], cwd=service, check=True)  # noqa: S607
    subprocess.run(["sh", "deploy/secrets.sh"], cwd=service, check=True)  # noqa: S607
    return service


@pytest.fixture(scope="module")
def image(service: Path) -> Iterator[Image]:
    builder = Builder(cache_folder(template_root()) / "image")
    builder.make_base()
    image = builder.build(service)
    yield image
    image.remove()


@pytest.fixture(scope="module")
def redis_url(service: Path, folder: Path) -> Iterator[str]:
    """Run Redis with the password that was made for it."""
    password, port = (service / "secrets" / "redis_password").read_text(), free_port()
    options = ["--bind", "127.0.0.1", "--port", str(port), "--requirepass", password, "--appendonly", "yes"]
    command = ["redis-server", *options, "--dir", str(folder)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as process:
        yield f"redis://:{password}@127.0.0.1:{port}/0"
        process.terminate()


@pytest.fixture(scope="module")
def database_url(image: Image) -> Iterator[str | None]:
    """Return the URL of a new database, if there is a server for it."""
    if POSTGRESQL is None:
        yield None
        return
    name = f"acceptance_{uuid4().hex[:12]}"

    def order(command: str) -> None:
        done = image.run("python", "-c", ON_POSTGRESQL, POSTGRESQL, command)
        assert done.returncode == 0, done.stderr

    order(f"CREATE DATABASE {name}")
    yield f"{POSTGRESQL.rpartition('/')[0]}/{name}"
    order(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(scope="module")
def deployment(
    service: Path, folder: Path, image: Image, redis_url: str, database_url: str | None
) -> Deployment:
    """Return the service's containers, with secrets that say where the servers are here."""
    secrets, data = folder / "secrets", folder / "data"
    secrets.mkdir()
    data.mkdir()
    os.chown(data, 10001, 10001)
    shutil.copy(service / "secrets" / "jwt_key", secrets)
    (secrets / "redis_url").write_text(redis_url)
    if database_url:
        (secrets / "database_url").write_text(database_url)
    mounts = {"/run/secrets": secrets} | ({} if database_url else {"/app/data": data})
    return Deployment(service, image, mounts)


@pytest.fixture(scope="module")
def containers(deployment: Deployment) -> Iterator[Containers]:
    """Return the service's containers, migrated and served."""
    deployment.migrate()
    with Containers(
        lambda port: started(deployment.command("app", SERVER_PORT=port), deployment.service, port)
    ) as containers:
        yield containers


@pytest.fixture(scope="module")
def front(containers: Containers, service: Path, folder: Path) -> Iterator[Nginx]:
    (folder / "front").mkdir()
    with nginx(service, folder / "front", containers.ports["app"], containers.ports["spare"]) as front:
        yield front


@pytest.fixture(scope="module")
def ada(front: Nginx) -> dict[str, str]:
    return logged_in(front, "ada@example.com")


def logged_in(front: Nginx, email: str) -> dict[str, str]:
    """Register, log in, and return the header that says so."""
    user = {"email": email, "password": "correct horse"}
    sent = {"Content-Type": "application/json"}
    registered = front.ask(
        "/api/v1/auth/register", method="POST", body=json.dumps(user).encode(), headers=sent
    )
    assert registered.status == 201, registered.body
    form = urlencode({"username": email, "password": user["password"]}).encode()
    sent = {"Content-Type": "application/x-www-form-urlencoded"}
    answer = front.ask("/api/v1/auth/token", method="POST", body=form, headers=sent)
    assert answer.status == 200, answer.body
    return {"Authorization": f"Bearer {json.loads(answer.body)['access_token']}"}


def test_user_logs_in(front: Nginx, ada: dict[str, str]) -> None:
    answer = front.ask("/api/v1/users/me", headers=ada)
    assert (answer.status, json.loads(answer.body)["email"]) == (200, "ada@example.com")
    assert front.ask("/api/v1/users/me").status == 401
    assert front.ask("/static/rooms.html").status == 200


def test_two_users_chat(front: Nginx, ada: dict[str, str]) -> None:
    url, eve = f"wss://localhost:{front.https}/ws/rooms/lobby", logged_in(front, "eve@example.com")
    with (
        connect(url, ssl=front.tls, additional_headers=ada) as first,
        connect(url, ssl=front.tls, additional_headers=eve) as second,
    ):
        you = next_of(second, "welcome")["you"]
        while next_of(first, "joined")["member"] != you:
            pass
        second.send(json.dumps({"type": "say", "text": "Hello"}))
        heard = next_of(first, "said")
        assert (heard["text"], heard["sender"]) == ("Hello", you)


def next_of(websocket: ClientConnection, kind: str) -> dict[str, Any]:
    while True:
        message: dict[str, Any] = json.loads(websocket.recv(timeout=10))
        if message["type"] == kind:
            return message


def test_no_request_is_lost_though_all_is_restarted(
    deployment: Deployment, containers: Containers, front: Nginx, ada: dict[str, str], tmp_path: Path
) -> None:
    with ExitStack() as workers:
        workers.enter_context(deployment.worker())
        before = report(front, ada)

        def replace_worker() -> None:
            workers.close()
            workers.enter_context(deployment.worker())

        build, *steps = containers.steps(front)
        steps = [
            build,
            ("run --rm migrations", deployment.migrate),
            *steps,
            ("up --detach --no-deps --force-recreate worker scheduler", replace_worker),
        ]
        answers = answers_during(lambda: restart(deployment.service, tmp_path, steps), front, ada, REQUESTS)
        assert set(answers) == {("GET", 200), ("POST", 201)}
        assert answers.total() >= REQUESTS
        assert report(front, ada) == before + answers["POST", 201]


def report(front: Nginx, headers: dict[str, str]) -> int:
    """Let the worker count the items, and return how many there are."""
    sent = {"Content-Type": "application/json", **headers}
    answer = front.ask("/api/v1/tasks/report_items", method="POST", body=b"{}", headers=sent)
    assert answer.status == 202, answer.body
    limit = time.monotonic() + 60
    while True:
        task = json.loads(front.ask(answer.headers["Location"], headers=headers).body)
        if task["state"] == "succeeded":
            return int(task["result"]["items"])
        assert task["state"] != "failed", task
        assert time.monotonic() < limit, task
        time.sleep(0.2)
