"""Where the commands work: below a service's folder, in a larger repository, in one of another user."""

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.lifecycle.conftest import Make, Trellis, commit, files, git
from trellis.lifecycle.outcome import UNDO

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


def in_larger_repository(made: Path, tmp_path: Path) -> Path:
    """Return a service in a repository of others, in which a colleague staged and changed files."""
    repository = tmp_path / "repository"
    shutil.rmtree(made / ".git")
    service = Path(shutil.copytree(made, repository / "servicés" / "the greeter"))
    (service / "naïve file.txt").write_text("mine")
    for name in ("staged.txt", "changed.txt"):
        (repository / name).write_text(name)
    git(repository, "init", "--quiet")
    commit(repository)
    (repository / "staged.txt").write_text("by a colleague")
    (repository / "new.txt").write_text("by a colleague")
    git(repository, "add", "staged.txt", "new.txt")
    (repository / "changed.txt").write_text("by a colleague")
    return service


def run(command: str, service: Path) -> None:
    subprocess.run(command, shell=True, cwd=service, check=True, capture_output=True)  # noqa: S602 (as a user would)


@pytest.mark.parametrize("readme", ["", "# The greeter\n\nIt greets politely.\n"])
def test_undo_and_commit_keep_to_the_service(
    make: Make, trellis: Trellis, tmp_path: Path, readme: str
) -> None:
    service = in_larger_repository(make(store="memory"), tmp_path)
    top = service.parent.parent
    if readme:
        (service / "README.md").write_text(readme)
        git(service, "mv", "app/store", "app/shelf of names")
        git(service, "commit", "--quiet", "--message", "Mine", ".")
    before, status = files(top), git(top, "status", "--porcelain")
    step = ("switch", "store=file", "loud=true", "--json")
    found = json.loads(trellis(*step, service=service).stdout)
    assert (found["error"] is not None) == bool(readme)
    run(UNDO, service)
    assert (files(top), git(top, "status", "--porcelain")) == (before, status)
    found = json.loads(trellis(*step, service=service).stdout)
    if readme:
        (service / "README.md").write_text("# Resolved\n")
        run(found["next"][0], service)
    run(found["next"][-1].replace("commit", "commit --message Step"), service)
    assert git(top, "status", "--porcelain") == status
    assert "colleague" not in git(top, "show")


def test_step_in_a_worktree_keeps_to_it(make: Make, trellis: Trellis, tmp_path: Path) -> None:
    service = make()
    git(service, "worktree", "add", "--quiet", "-b", "other", str(tmp_path / "the other"))
    other = tmp_path / "the other"
    before = files(service)
    result = trellis("add", "store=file", service=other)
    assert result.exit_code == 0, result.output
    assert files(service) == before
    assert git(service, "status", "--porcelain") == ""
    run(UNDO, other)
    assert files(other).keys() - {".git"} == before.keys()


def test_no_advice_touches_other_folders_or_takes_work_away() -> None:
    wrong = re.compile(
        r"git (?:reset --hard|stash|clean\b|checkout \.|add (?:--all|-A)|commit (?:--all|-a)\b|push --force)"
    )
    root = Path(__file__).parents[2]
    listed = git(root, "ls-files", "--", "generator", "template", "docs", "*.md").splitlines()
    texts = {path: (root / path).read_text(errors="ignore") for path in listed}
    assert [f"{path}: {found[0]}" for path, text in texts.items() for found in wrong.finditer(text)] == []
