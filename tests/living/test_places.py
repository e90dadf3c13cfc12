"""Where the commands work: below a service's folder, in a larger repository, in one of another user."""

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.living.conftest import Make, Trellis, commit, files, git

COMMANDS = [
    ("status",),
    ("add", "store=file"),
    ("drop", "store"),
    ("switch", "loud=true"),
    ("update",),
    ("move", "/nowhere"),
]


@pytest.mark.parametrize("step", [("add", "store=file"), ("switch", "loud=true"), ("status",), ("update",)])
def test_command_works_below_the_folder_of_the_service(
    make: Make, trellis: Trellis, step: tuple[str, ...]
) -> None:
    service = make()
    result = trellis(*step, "--json", service=service / "app")
    assert result.exit_code == 0, result.output
    assert json.loads(result.stdout)["folder"] == str(service)


def test_next_commands_begin_with_the_way_to_the_service(
    make: Make, trellis: Trellis, monkeypatch: pytest.MonkeyPatch
) -> None:
    service = make()
    monkeypatch.chdir(service / "app")
    assert "  cd .." in trellis("add", "store=file", service=Path()).stdout.splitlines()
    commit(service)
    monkeypatch.chdir(service / "app" / "store")
    assert f"  cd {service}" in trellis("drop", "store", service=Path()).stdout.splitlines()
    commit(service)
    monkeypatch.chdir(service)
    assert "  cd " not in trellis("switch", "loud=true", service=Path()).stdout


def test_search_for_the_service_ends_at_the_top_of_the_repository(make: Make, trellis: Trellis) -> None:
    service = make()
    inner = service / "inner"
    inner.mkdir()
    git(inner, "init", "--quiet")
    result = trellis("status", service=inner)
    assert result.exit_code == 2
    assert f"{inner} is not a Trellis service" in result.stderr


def everything(folder: Path) -> dict[str, tuple[int, int]]:
    """Return time and size of all that is in a folder, Git's own files included."""
    stats = {path: path.lstat() for path in (folder, *folder.rglob("*"))}
    return {str(path): (stat.st_mtime_ns, stat.st_size) for path, stat in stats.items()}


def test_status_writes_nothing_into_the_repository(make: Make, trellis: Trellis) -> None:
    service = make()
    (service / "README.md").write_text("mine")
    (service / "pyproject.toml").touch()
    before = everything(service)
    assert trellis("status", service=service / "app").exit_code == 0
    assert everything(service) == before


@pytest.mark.parametrize("command", COMMANDS)
def test_repository_of_another_user_is_refused_in_gits_own_words(
    make: Make, trellis: Trellis, monkeypatch: pytest.MonkeyPatch, command: tuple[str, ...]
) -> None:
    service = make()
    monkeypatch.setenv("GIT_TEST_ASSUME_DIFFERENT_OWNER", "true")
    result = trellis(*command, "--json", service=service)
    assert result.exit_code == 2
    assert json.loads(result.stdout)["error"] == {
        "code": "unsafe_repository",
        "message": f"detected dubious ownership in repository at '{service}'",
        "hint": f"if you trust it: git config --global --add safe.directory {service}",
    }


@pytest.mark.parametrize("prefix", ["", "services/greeter/"])
def test_advice_about_line_endings_leaves_a_service_that_can_change(
    make: Make, trellis: Trellis, tmp_path: Path, prefix: str
) -> None:
    made, repository = make(), tmp_path / "repository"
    shutil.rmtree(made / ".git")
    shutil.copytree(made, repository / prefix)
    git(repository, "init", "--quiet")
    service = repository / prefix
    for name in ("README.md", "app/greeting.py"):
        path = service / name
        path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    (service / ".gitattributes").write_text("*.png binary")
    commit(repository)
    error = json.loads(trellis("add", "store=file", "--json", service=service).stdout)["error"]
    assert error["code"] == "windows_line_endings"
    _, _, command = error["hint"].partition(": ")
    subprocess.run(command, shell=True, check=True, capture_output=True)  # noqa: S602 (as a user would)
    assert (service / ".gitattributes").read_text() == "*.png binary\n* text=auto\n"
    assert git(service, "status", "--porcelain") == ""
    assert trellis("add", "store=file", service=service).exit_code == 0


def test_step_in_a_larger_repository_is_committed_and_undone_without_other_folders(
    make: Make, trellis: Trellis, tmp_path: Path
) -> None:
    made, repository = make(), tmp_path / "repository"
    shutil.rmtree(made / ".git")
    service = Path(shutil.copytree(made, repository / "services" / "greeter"))
    (repository / "other.txt").write_text("other")
    git(repository, "init", "--quiet")
    commit(repository)
    (repository / "other.txt").write_text("changed")
    before = files(repository)
    found = json.loads(trellis("add", "store=file", "--json", service=service).stdout)
    git(service, "restore", "--source=HEAD", "--staged", "--worktree", ".")
    assert files(repository) == before
    trellis("add", "store=file", service=service)
    *_, diff, save = found["next"]
    assert (diff, save) == ("git diff .", "git commit .")
    git(service, "commit", "--quiet", "--message", "Add store", ".")
    assert git(repository, "status", "--porcelain") == " M other.txt\n"
    assert "services/greeter/app/store/__init__.py" in git(repository, "ls-files")
