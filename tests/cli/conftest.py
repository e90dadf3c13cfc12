import os
import subprocess
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from tests.cli.prompts import Ask, by_trellis
from trellis.cli import app

Trellis = Callable[..., Result]


@pytest.fixture
def trellis(template: Path, monkeypatch: pytest.MonkeyPatch) -> Trellis:
    """Return a function that calls the command line within this process."""

    def address(_given: str | None) -> str:
        return str(template)

    monkeypatch.setattr("trellis.commands.new.template_address", address)

    def call(*arguments: object) -> Result:
        return CliRunner().invoke(app, [str(argument) for argument in arguments], prog_name="trellis")

    return call


@pytest.fixture
def start() -> Callable[..., subprocess.Popen[str]]:
    """Return a function that starts the command line in a process of its own."""

    def run(*arguments: object) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-m", "trellis", *map(str, arguments)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    return run


@pytest.fixture(scope="session", autouse=True)
def nobody(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Keep this machine's settings of Git and Copier out of the tests."""
    home = tmp_path_factory.mktemp("home")
    (home / "copier").write_text("{}")
    os.environ |= {
        "GIT_CONFIG_GLOBAL": str(home / "gitconfig"),
        "GIT_CONFIG_NOSYSTEM": "1",
        "COPIER_SETTINGS_PATH": str(home / "copier"),
    }


@pytest.fixture
def service(tmp_path: Path) -> Path:
    """Return where a service may be made."""
    return tmp_path / "my-service"


@pytest.fixture
def ask(template: Path, service: Path) -> Ask:
    """Return a function that starts `trellis new` on a terminal."""
    return partial(by_trellis, template, service)
