"""Services of a small template with versions, and the command line to live with them."""

import shutil
import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from copier import run_copy
from typer.testing import CliRunner, Result

from tests.proof.conftest import TEMPLATE
from trellis.cli import app

Trellis = Callable[..., Result]
Make = Callable[..., Path]


@pytest.fixture(scope="session")
def settings(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Return the variables that keep this machine's settings out, and let Git know who commits."""
    home = tmp_path_factory.mktemp("home")
    (home / "gitconfig").write_text(
        "[user]\nname = Ada\nemail = ada@example.com\n[init]\ndefaultBranch = main\n"
    )
    (home / "copier").write_text("{}")
    return {"GIT_CONFIG_GLOBAL": str(home / "gitconfig"), "COPIER_SETTINGS_PATH": str(home / "copier")}


@pytest.fixture(autouse=True)
def somebody(settings: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Let somebody use these settings, in this test alone."""
    for name, value in settings.items():
        monkeypatch.setenv(name, value)


def git(folder: Path, *arguments: str) -> str:
    done = subprocess.run(["git", *arguments], cwd=folder, check=True, capture_output=True, text=True)  # noqa: S607
    return done.stdout


def commit(folder: Path, message: str = "Change") -> None:
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--allow-empty", "--message", message)


def release(template: Path, version: str) -> None:
    """Commit all of a template, and give it a version."""
    if not (template / ".git").exists():
        git(template, "init", "--quiet")
    commit(template, version)
    git(template, "tag", version)


@pytest.fixture
def template(tmp_path: Path, somebody: None) -> Path:  # noqa: ARG001 (who commits)
    """Return a small template in version 1.0.0."""
    folder = shutil.copytree(TEMPLATE, tmp_path / "template")
    release(folder, "v1.0.0")
    return folder


@pytest.fixture
def make(template: Path, tmp_path: Path) -> Make:
    """Return a function that makes a service with these answers, and commits it."""

    def made(**answers: object) -> Path:
        return make_service(template, tmp_path / "service", answers)

    return made


def make_service(template: Path, folder: Path, answers: Mapping[str, object]) -> Path:
    run_copy(str(template), folder, dict(answers), defaults=True, quiet=True)
    git(folder, "init", "--quiet")
    commit(folder, "Start")
    return folder


@pytest.fixture
def trellis() -> Trellis:
    """Return a function that calls the command line within this process."""

    def call(*arguments: object, service: Path) -> Result:
        texts = [*map(str, arguments), "--service", str(service)]
        return CliRunner().invoke(app, texts, prog_name="trellis")

    return call


def files(folder: Path) -> dict[str, tuple[bytes, int]]:
    """Return the content and mode of all files that are not Git's."""
    return {
        path.relative_to(folder).as_posix(): (path.read_bytes(), path.stat().st_mode)
        for path in folder.rglob("*")
        if path.is_file() and ".git" not in path.relative_to(folder).parts
    }
