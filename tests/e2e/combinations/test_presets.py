"""What a new user does: make a service, start it, call it, run its tests; for each preset."""

import json
import shlex
import subprocess
import sys
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from tests.services import ENVIRONMENT, free_port, install, started
from trellis.presets import PRESETS

pytestmark = pytest.mark.combinations


@pytest.fixture(params=PRESETS)
def made(request: pytest.FixtureRequest) -> Iterator[tuple[Path, list[str]]]:
    """Return a service of each preset, installed, and the command that starts it.

    Its folder is none of pytest's, which PostgreSQL's own user may not enter.
    """
    with TemporaryDirectory(prefix="trellis-preset-") as folder:
        Path(folder).chmod(0o755)
        yield make(Path(folder, "my-service"), str(request.param))


def make(service: Path, preset: str) -> tuple[Path, list[str]]:
    arguments = ["-m", "trellis", "new", str(service), "--defaults", "--preset", preset]
    said = subprocess.run([sys.executable, *arguments], check=True, capture_output=True, text=True)
    install(service)
    return service, shlex.split(said.stdout.splitlines()[-1])


def call(
    method: str, url: str, body: object = None, headers: Mapping[str, str] | None = None
) -> tuple[int, object]:
    """Return the status and the JSON of a response."""
    data = None if body is None else json.dumps(body).encode()
    headers = {"Content-Type": "application/json", **(headers or {})}
    request = urllib.request.Request(url, data, headers, method=method)  # noqa: S310 (on loopback)
    try:
        with urllib.request.urlopen(request, timeout=60) as response:  # noqa: S310
            text = response.read()
            return response.status, json.loads(text) if text[:1] in (b"{", b"[") else None
    except urllib.error.HTTPError as error:
        return error.code, json.loads(error.read())


def logged_in(address: str) -> dict[str, str]:
    """Register, log in, and return the header with which to call."""
    user = {"email": "ada@example.com", "password": "correct horse"}
    assert call("POST", f"{address}/api/v1/auth/register", user)[0] == 201
    form = urllib.parse.urlencode({"username": user["email"], "password": user["password"]}).encode()
    with urllib.request.urlopen(f"{address}/api/v1/auth/token", form, timeout=60) as response:  # noqa: S310
        return {"Authorization": f"Bearer {json.load(response)['access_token']}"}


def test_service_starts_answers_and_passes_its_own_tests(made: tuple[Path, list[str]]) -> None:
    service, command = made
    port = free_port()
    with started([*command, "--port", str(port)], service, port) as running:
        address = running.url
        for path in ("/health/live", "/docs", "/redoc", "/openapi.json"):
            assert call("GET", address + path)[0] == 200, path
        items = f"{address}/api/v1/items"
        who = logged_in(address) if (service / "app" / "auth").is_dir() else {}
        status, item = call("POST", items, {"name": "Chair", "price": "49.90"}, who)
        assert (status, isinstance(item, dict)) == (201, True)
        assert isinstance(item, dict)
        own = f"{items}/{item['id']}"
        assert call("GET", own, headers=who) == (200, item)
        assert call("GET", f"{items}?q=chair&sort=-price&tags=", headers=who)[0] == 422
        assert call("GET", f"{items}?q=chair&sort=-price", headers=who)[1] == {
            "items": [item],
            "total": 1,
            "limit": 20,
            "offset": 0,
        }
        assert call("PATCH", own, {"price": "5"}, who)[0] == 200
        assert call("PUT", own, {"name": "Stool", "price": "5"}, who)[0] == 200
        assert call("DELETE", own, headers=who) == (204, None)
        assert call("GET", own, headers=who)[0] == 404
        static = call("GET", f"{address}/static/")[0]
        assert static == (200 if (service / "app" / "static").is_dir() else 404)
    tests = subprocess.run(
        ["uv", "run", "pytest", "-q"],  # noqa: S607
        cwd=service,
        env=ENVIRONMENT | {"PYTEST_DEBUG_TEMPROOT": str(service.parent)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert tests.returncode == 0, tests.stdout[-5000:]
