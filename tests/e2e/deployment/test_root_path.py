"""A service below a prefix of paths, behind a real nginx that removes the prefix, and one that leaves it."""

import json
import re
import subprocess
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path

import pytest
from websockets.sync.client import connect
from websockets.typing import Origin

from tests.e2e.deployment.conftest import served
from tests.e2e.deployment.nginx import Answer, Nginx, is_available, nginx
from tests.services import ENVIRONMENT

pytestmark = [
    pytest.mark.combinations,
    pytest.mark.skipif(not is_available(), reason="nginx is not installed (apt-get install nginx-light)"),
]

REMOVING = "        rewrite ^/shop(/.*)$ $1;"
JSON = {"Content-Type": "application/json"}
ADA = {"email": "ada@example.com", "password": "correct horse battery staple"}


@contextmanager
def fronted(service: Path, folder: Path, *, removing: bool) -> Generator[Nginx]:
    """Serve below /shop. To remove the prefix, change the configuration of nginx as its comment says."""
    conf = service / "deploy" / "nginx" / "nginx.conf"
    given = conf.read_text()
    assert given.count(REMOVING.replace("rewrite", "# rewrite")) == 1
    variables = {
        "ROOT_PATH": "/shop/",
        "TRUSTED_PROXIES": "127.0.0.1",
        "SERVER_DRAIN_TIME": "0",
        "DATABASE_PATH": str(folder / "shop.db"),
    }
    alembic = [service / ".venv" / "bin" / "alembic", "upgrade", "head"]
    subprocess.run(alembic, cwd=service, env={**ENVIRONMENT, **variables, "NOTES": "-"}, check=True)
    try:
        if removing:
            conf.write_text(given.replace(REMOVING.replace("rewrite", "# rewrite"), REMOVING))
        else:
            conf.write_text(re.sub("location (= )?/", r"location \1/shop/", given))
        with served(service, variables) as running, nginx(service, folder, running.port) as front:
            yield front
    finally:
        conf.write_text(given)


@pytest.mark.parametrize("removing", [True, False], ids=["removed", "left"])
def test_service_lives_below_a_prefix(probed: Callable[..., Path], tmp_path: Path, *, removing: bool) -> None:
    service = probed(
        auth="session", database="sqlite", websockets="memory", static_files=True, deployment="nginx"
    )
    with fronted(service, tmp_path, removing=removing) as front:
        origin = f"https://localhost:{front.https}"

        def post(path: str, body: object, **headers: str) -> Answer:
            sent = {**JSON, "Origin": origin, "Host": f"localhost:{front.https}", **headers}
            return front.ask(f"/shop{path}", method="POST", body=json.dumps(body).encode(), headers=sent)

        assert "url: '/shop/openapi.json'" in front.ask("/shop/docs").body.decode()
        assert front.ask("/shop/health/ready").status == 200
        assert b"<html" in front.ask("/shop/static/").body
        assert post("/api/v1/auth/register", ADA).status == 201
        entered = post("/api/v1/auth/login", ADA)
        cookie = entered.headers["Set-Cookie"]
        assert cookie.startswith("__Secure-Path-session=")
        assert "Path=/shop;" in cookie
        known = {"Cookie": cookie.partition(";")[0]}
        assert json.loads(front.ask("/shop/api/v1/users/me", headers=known).body)["email"] == ADA["email"]
        token = json.loads(entered.body)["csrf_token"]
        created = post("/api/v1/items", {"name": "Chair", "price": "1"}, **known, **{"X-CSRF-Token": token})
        assert created.headers["Location"].startswith("/shop/api/v1/items/")
        assert front.ask(created.headers["Location"], headers=known).status == 200
        room = f"wss://localhost:{front.https}/shop/ws/rooms/lobby"
        with connect(room, ssl=front.tls, additional_headers=known, origin=Origin(origin)) as member:
            assert json.loads(member.recv(10))["type"] == "welcome"
