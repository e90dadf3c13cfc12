import os
import subprocess
from pathlib import Path

import pytest

from tests.living.conftest import commit, git
from trellis.template import template_root

pytestmark = pytest.mark.combinations

ADDRESS = "https://git.example.com/trellis.git"
PERSON = {f"GIT_{role}_{what}": "ada" for role in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
ENVIRONMENT = {name: value for name, value in os.environ.items() if name != "VIRTUAL_ENV"} | PERSON


def run(*command: object, cwd: Path, **variables: str) -> str:
    arguments = [str(part) for part in command]
    done = subprocess.run(
        arguments, cwd=cwd, env=ENVIRONMENT | variables, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the repository of Trellis with two versions of the template."""
    with pytest.MonkeyPatch.context() as patched:
        for name, value in PERSON.items():
            patched.setenv(name, value)
        return two_versions(tmp_path_factory.mktemp("source") / "trellis")


def two_versions(folder: Path) -> Path:
    git(folder.parent, "clone", "--quiet", "--no-tags", str(template_root()), str(folder))
    git(folder, "tag", "v0.8.0")
    readme = folder / "template" / "project" / "README.md.jinja"
    readme.write_text(readme.read_text().replace("## Start\n", "## Start here\n"))
    commit(folder)
    git(folder, "tag", "v0.9.0")
    return folder


@pytest.fixture(scope="module")
def installed(source: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a wheel's command line."""
    folder = tmp_path_factory.mktemp("installed")
    run("uv", "build", "--quiet", "--wheel", "--out-dir", folder, source, cwd=folder, TRELLIS_ADDRESS=ADDRESS)
    [wheel] = folder.glob("*.whl")
    run("uv", "venv", "--quiet", "venv", cwd=folder)
    run("uv", "pip", "install", "--quiet", "--python", "venv", wheel, cwd=folder)
    return folder / "venv" / "bin" / "trellis"


@pytest.fixture
def home(tmp_path: Path) -> dict[str, str]:
    """Return what keeps the caches of Copier and the settings of Git of this machine out."""
    return {"COPIER_CACHE_DIR": str(tmp_path / "cache"), "GIT_CONFIG_GLOBAL": str(tmp_path / "gitconfig")}


def test_installed_wheel_carries_the_template(installed: Path, tmp_path: Path, home: dict[str, str]) -> None:
    run(installed, "new", "my-service", "--defaults", "--preset", "full", cwd=tmp_path, **home)
    service = tmp_path / "my-service"
    assert (service / ".gitignore").is_file()
    assert (service / "app" / "static" / "public" / "index.html").is_file()
    answers = (service / ".copier-answers.yml").read_text()
    assert f"_commit: v0.9.0\n_src_path: {ADDRESS}\n" in answers


def test_wheel_updates_a_service_without_a_network(
    installed: Path, tmp_path: Path, home: dict[str, str]
) -> None:
    given = ("--defaults", "--set", "database=sqlite", "--vcs-ref", "v0.8.0")
    run(installed, "new", "my-service", *given, cwd=tmp_path, **home)
    service = tmp_path / "my-service"
    assert "v0.9.0 is available" in run(installed, "status", cwd=service, **home)
    run(installed, "update", cwd=service, **home)
    assert "## Start here\n" in (service / "README.md").read_text()
    assert "_commit: v0.9.0\n" in (service / ".copier-answers.yml").read_text()


def test_colleague_with_the_address_alone_updates_by_copier(
    installed: Path, source: Path, tmp_path: Path, home: dict[str, str]
) -> None:
    given = ("--defaults", "--set", "database=sqlite", "--vcs-ref", "v0.8.0")
    run(installed, "new", "my-service", *given, cwd=tmp_path, **home)
    service = tmp_path / "my-service"
    (tmp_path / "gitconfig").write_text(f'[url "{source}"]\ninsteadOf = {ADDRESS}\n')  # stands for a network
    run("copier", "update", "--defaults", "--quiet", cwd=service, **home)
    assert "## Start here\n" in (service / "README.md").read_text()
    assert f"_commit: v0.9.0\n_src_path: {ADDRESS}\n" in (service / ".copier-answers.yml").read_text()
