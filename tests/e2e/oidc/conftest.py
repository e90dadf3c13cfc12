"""Services made, installed and started for real, and a provider that is certified for its strictness."""

import shutil
import subprocess
import sys
from collections.abc import Callable, Generator, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.e2e.oidc.running import running
from tests.services import free_port
from trellis.proof.environments.shared import cache_folder, uv
from trellis.template_source import template_root

PROVIDER = "oidc-provider@9.13.3"
AUDIENCE = "https://shop.example.com"

MakeService = Callable[..., Path]
StartService = Callable[..., AbstractContextManager[str]]


@dataclass(frozen=True)
class Certified:
    """A service that is running, and the provider that it trusts."""

    service: str
    issuer: str


@pytest.fixture(scope="session")
def provider_script() -> Path:
    """Install the provider once, and return the script that runs it."""
    if shutil.which("npm") is None or shutil.which("node") is None:
        pytest.skip("npm is not installed, from which the certified provider comes")
    folder = cache_folder(template_root()) / PROVIDER.replace("@", "-")
    folder.mkdir(parents=True, exist_ok=True)
    if not (folder / "node_modules" / "oidc-provider").is_dir():
        command = ["npm", "install", "--silent", "--no-audit", "--no-fund", "--prefix", str(folder), PROVIDER]
        subprocess.run(command, check=True)
    return Path(shutil.copy(Path(__file__).with_name("provider.mjs"), folder))


@pytest.fixture(scope="session")
def make_service(tmp_path_factory: pytest.TempPathFactory) -> MakeService:
    """Return a function that makes a service with these answers, and installs what it needs."""

    def make(**answers: str) -> Path:
        service = tmp_path_factory.mktemp("made") / "shop"
        chosen = [f"--set={name}={answer}" for name, answer in answers.items()]
        command = [sys.executable, "-m", "trellis", "new", str(service), "--defaults", "--no-git", *chosen]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        uv("sync", "--quiet", "--project", str(service))
        return service

    return make


@contextmanager
def serving(service: Path, port: int, **variables: str) -> Generator[str]:
    address = f"http://127.0.0.1:{port}"
    command = [str(service / ".venv" / "bin" / "uvicorn"), "app.main:app", "--port", str(port)]
    with running(command, service, f"{address}/health/ready", variables):
        yield address


@pytest.fixture(scope="session")
def certified(make_service: MakeService, provider_script: Path) -> Iterator[Certified]:
    service = make_service(auth="oidc", database="none")
    port, own = free_port(), free_port()
    issuer, address = f"http://127.0.0.1:{own}", f"http://127.0.0.1:{port}"
    node = ["node", str(provider_script), str(own), address, AUDIENCE]
    variables = {
        "OIDC_ISSUER": issuer,
        "OIDC_CLIENT_ID": "login",
        "OIDC_CLIENT_SECRET": "a secret of the service",
        "OIDC_REDIRECT_URI": f"{address}/api/v1/auth/callback",
        "OIDC_SCOPE": "openid items:read items:write",
        "OIDC_AUDIENCE": AUDIENCE,
        "OIDC_AUDIENCE_PARAMETER": "resource",
    }
    with (
        running(node, provider_script.parent, f"{issuer}/.well-known/openid-configuration"),
        serving(service, port, **variables),
    ):
        yield Certified(address, issuer)


@pytest.fixture(scope="session")
def with_passwords(make_service: MakeService) -> Iterator[str]:
    """Return the address of a service whose users have passwords."""
    service = make_service(auth="jwt", database="sqlite")
    (service / "data").mkdir(exist_ok=True)
    migrate = [str(service / ".venv" / "bin" / "python"), "-m", "alembic", "upgrade", "head"]
    subprocess.run(migrate, cwd=service, check=True)
    with serving(service, free_port()) as address:
        yield address
