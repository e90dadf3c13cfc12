import os
import subprocess
from pathlib import Path

import pytest

from tests.lifecycle.conftest import commit, git
from trellis.template_source import UNKNOWN, template_root

pytestmark = pytest.mark.combinations

ADDRESS = "https://git.example.com/trellis.git"
PERSON = {f"GIT_{role}_{what}": "ada" for role in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
ENVIRONMENT = {name: value for name, value in os.environ.items() if name != "VIRTUAL_ENV"} | PERSON


def start(*command: object, cwd: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    arguments = [str(part) for part in command]
    return subprocess.run(
        arguments, cwd=cwd, env=ENVIRONMENT | variables, capture_output=True, text=True, check=False
    )


def run(*command: object, cwd: Path, **variables: str) -> str:
    done = start(*command, cwd=cwd, **variables)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def refused(*command: object, cwd: Path, **variables: str) -> str:
    """Return the line with which a command is refused."""
    done = start(*command, cwd=cwd, **variables)
    assert done.returncode == 2, done.stdout + done.stderr
    [line] = done.stderr.splitlines()
    return line


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
    readme = folder / "template" / "project" / "README.md"
    readme.write_text(readme.read_text().replace("## Start\n", "## Start here\n"))
    commit(folder)
    git(folder, "tag", "v0.9.0")
    return folder


@pytest.fixture(scope="module")
def installed(source: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the command line of a wheel."""
    return install(source, tmp_path_factory.mktemp("installed"), "--wheel", TRELLIS_ADDRESS=ADDRESS)


@pytest.fixture(scope="module")
def unnamed(source: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the command line of a wheel from the source archive of a clone, whose `origin` is a path."""
    return install(source, tmp_path_factory.mktemp("unnamed"))


@pytest.fixture(scope="module")
def older(source: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the command line of a wheel that was built before the second version."""
    folder = tmp_path_factory.mktemp("older")
    git(folder, "clone", "--quiet", str(source), "clone")
    git(folder / "clone", "checkout", "--quiet", "v0.8.0")
    git(folder / "clone", "tag", "--delete", "v0.9.0")
    return install(folder / "clone", folder, "--wheel", TRELLIS_ADDRESS=ADDRESS)


def install(clone: Path, folder: Path, *options: str, **variables: str) -> Path:
    run("uv", "build", "--quiet", *options, "--out-dir", folder, clone, cwd=folder, **variables)
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


def test_wheel_without_a_public_address_lives_with_a_service(
    unnamed: Path, source: Path, tmp_path: Path, home: dict[str, str]
) -> None:
    given = ("--defaults", "--set", "database=sqlite", "--vcs-ref", "v0.8.0")
    told = start(unnamed, "new", "my-service", *given, cwd=tmp_path, **home).stderr
    assert told == (
        "trellis new: the template's public address is unknown; "
        "before colleagues change the service: trellis move ADDRESS\n"
    )
    service = tmp_path / "my-service"
    assert f"_src_path: {UNKNOWN}\n" in (service / ".copier-answers.yml").read_text()
    assert "v0.9.0 is available" in run(unnamed, "status", cwd=service, **home)
    run(unnamed, "add", "static_files", cwd=service, **home)
    run("git", "add", "--all", cwd=service)
    run("git", "commit", "--quiet", "--message", "Step", cwd=service)
    run(unnamed, "update", cwd=service, **home)
    run("git", "add", "--all", cwd=service)
    run("git", "commit", "--quiet", "--message", "Step", cwd=service)
    assert "## Start here\n" in (service / "README.md").read_text()
    told = run(unnamed, "update", cwd=service, **home)
    assert told == "v0.9.0 is the newest version in this Trellis; nothing to do\n"
    (tmp_path / "gitconfig").write_text(f'[url "{source}"]\ninsteadOf = {ADDRESS}\n')  # stands for a network
    run(unnamed, "move", ADDRESS, cwd=service, **home)
    assert f"_commit: v0.9.0\n_src_path: {ADDRESS}\n" in (service / ".copier-answers.yml").read_text()


def test_address_is_named_at_once(unnamed: Path, tmp_path: Path, home: dict[str, str]) -> None:
    done = start(unnamed, "new", "my-service", "--defaults", "--address", ADDRESS, cwd=tmp_path, **home)
    assert (done.returncode, done.stderr) == (0, "")
    assert f"--defaults --address {ADDRESS}\n" in done.stdout
    assert f"_src_path: {ADDRESS}\n" in (tmp_path / "my-service" / ".copier-answers.yml").read_text()


def test_address_with_a_token_reaches_no_service(unnamed: Path, tmp_path: Path, home: dict[str, str]) -> None:
    told = refused(
        unnamed, "new", "shop", "--defaults", "--address", "https://token@h/t.git", cwd=tmp_path, **home
    )
    assert "the address contains credentials" in told
    run(unnamed, "new", "shop", "--defaults", cwd=tmp_path, **home)
    told = refused(unnamed, "move", "https://ada:token@h/t.git", cwd=tmp_path / "shop", **home)
    assert "the address contains credentials" in told
    assert "token" not in (tmp_path / "shop" / ".copier-answers.yml").read_text()


def test_older_wheel_names_the_one_that_a_service_needs(
    installed: Path, unnamed: Path, older: Path, tmp_path: Path, home: dict[str, str]
) -> None:
    how = f"uv tool install --force git+{ADDRESS}@v0.9.0"
    for newer, name in ((installed, "shop"), (unnamed, "store")):
        run(newer, "new", name, "--defaults", cwd=tmp_path, **home)
        for command in (["status"], ["add", "static_files"], ["update"], ["update", "--to", "v0.9.0"]):
            done = start(older, *command, cwd=tmp_path / name, **home)
            assert done.returncode == 2
            told = f"version v0.9.0 of the template needs another Trellis; {how}\n"
            assert done.stderr == f"trellis {command[0]}: {told}"


@pytest.mark.parametrize("ref", ["v9.9.9", "nonsense", "0123456789"])
def test_version_that_does_not_exist_is_one_line(
    installed: Path, tmp_path: Path, home: dict[str, str], ref: str
) -> None:
    told = refused(installed, "new", "shop", "--defaults", "--vcs-ref", ref, cwd=tmp_path, **home)
    assert ref in told
    assert not (tmp_path / "shop").exists()
    run(installed, "new", "shop", "--defaults", cwd=tmp_path, **home)
    assert ref in refused(installed, "update", "--to", ref, cwd=tmp_path / "shop", **home)
