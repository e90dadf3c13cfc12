"""A service's image, built and run for real."""

import json
import os
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.deployment.conftest import add_probe
from tests.e2e.deployment.image import Builder, Image, command_line, descendants, missing_tools
from tests.services import Running, free_port, make_service, started, wait_until_ready
from trellis.proof.environments.shared import cache_folder
from trellis.template_source import template_root

pytestmark = [
    pytest.mark.combinations,
    pytest.mark.skipif(bool(missing_tools()), reason=f"needs {missing_tools()}"),
]

SERVE = ["python", "-m", "serve"]


@pytest.fixture(scope="module")
def image(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Image]:
    """Return a container of a service's image, locked and built as a user does it."""
    service = tmp_path_factory.mktemp("image") / "service"
    make_service(service, database="sqlite", deployment="docker")
    add_probe(service)
    subprocess.run(["uv", "lock", "--quiet", "--no-config"], cwd=service, check=True)  # noqa: S607
    builder = Builder(cache_folder(template_root()) / "image")
    builder.make_base()
    image = builder.build(service)
    yield image
    image.remove()


def test_image_says_what_it_is(image: Image) -> None:
    settings = image.settings
    assert settings["User"] == "10001:10001"
    assert settings["ExposedPorts"] == {"8000/tcp": {}}
    assert settings["Cmd"] == SERVE
    labels = settings["Labels"]
    assert labels["org.opencontainers.image.title"] == "service"
    assert labels["org.opencontainers.image.revision"] == "abc123"
    assert labels["org.opencontainers.image.licenses"] == "MIT"


def test_image_holds_what_runs_and_no_more(image: Image) -> None:
    assert image.run("id", "-u").stdout.strip() == "10001"
    files = image.run("sh", "-c", "ls; ls app; ls app/__pycache__").stdout.split()
    assert {"app", "migrations", "pyproject.toml", "serve"} <= set(files)
    assert any(name.startswith("main.cpython-") for name in files), "the code is compiled"
    assert not {"tests", "dev", ".env", ".git", "Dockerfile"} & set(files)
    assert image.run("sh", "-c", "command -v uv gcc").stdout == ""
    assert "No module named 'pytest'" in image.run("python", "-c", "import pytest").stderr
    assert image.run("touch", "app/main.py").returncode != 0
    assert image.run("touch", "/opt/venv/pyvenv.cfg").returncode != 0


def test_file_system_may_be_read_only_but_for_the_data(image: Image, tmp_path: Path) -> None:
    service, data, port = tmp_path / "service", tmp_path / "data", free_port()
    service.mkdir()
    data.mkdir()
    os.chown(data, 10001, 10001)
    variables = {"SERVER_PORT": port, "TRUSTED_HOSTS": "localhost", "NOTES": "/tmp/notes.txt"}  # noqa: S108

    def contained(*program: str) -> list[str]:
        return image.contained(program, {"/app/data": data}, ENVIRONMENT="production", **variables)

    mounts = subprocess.run(contained("cat", "/proc/self/mounts"), check=True, capture_output=True, text=True)
    [root] = [line.split() for line in mounts.stdout.splitlines() if line.split()[1] == "/"]
    assert "ro" in root[3].split(",")
    subprocess.run(contained("alembic", "upgrade", "head"), check=True, timeout=60)
    with started(contained(*SERVE), service, port) as running:
        assert running.get("/api/v1/items", {"Host": "localhost"})[0] == 200
        running.process.send_signal(signal.SIGTERM)
        assert running.process.wait(20) == 0
    assert (data / "app.db").exists()


def test_container_migrates_answers_and_ends_in_order(image: Image, tmp_path: Path) -> None:
    port = free_port()
    variables = {
        "ENVIRONMENT": "production",
        "TRUSTED_HOSTS": "localhost",
        "SERVER_PORT": port,
        "SERVER_DRAIN_TIME": 1,
        "NOTES": "/tmp/notes.txt",  # noqa: S108 (in the container)
    }
    migrated = image.run("alembic", "upgrade", "head", **variables)
    assert migrated.returncode == 0, migrated.stderr
    log = tmp_path / "log.txt"
    with log.open("w") as output:
        process = subprocess.Popen(image.command(SERVE, **variables), stdout=output, stderr=output)
    running = Running(process, port, log)
    try:
        wait_until_ready(running)
        assert running.get("/api/v1/items", {"Host": "localhost"})[0] == 200
        check = image.settings["Healthcheck"]["Test"][1:]
        assert image.run(*(word.replace("8000", str(port)) for word in check)).returncode == 0
        lines = {child: command_line(child) for child in descendants(process.pid)}
        [serving] = [child for child, line in lines.items() if line[1:] == SERVE[1:]]
        os.kill(serving, signal.SIGTERM)
        assert process.wait(20) == 0
        assert image.run("cat", "/tmp/notes.txt").stdout.split()[0] == "closed"  # noqa: S108
        assert image.run(*(word.replace("8000", str(port)) for word in check)).returncode != 0
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()
    assert all(json.loads(line)["level"] == "info" for line in log.read_text().splitlines())
