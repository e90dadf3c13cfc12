"""A service that is made inside a Git repository."""

from pathlib import Path

import pytest

from tests.cli.conftest import Trellis
from tests.lifecycle.conftest import commit, git

PERSON = {f"GIT_{role}_{what}": "ada" for role in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}


@pytest.fixture(autouse=True)
def somebody(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in PERSON.items():
        monkeypatch.setenv(name, value)


@pytest.fixture
def outer(tmp_path: Path) -> Path:
    """Return a repository with one commit."""
    folder = tmp_path / "outer"
    git(tmp_path, "init", "--quiet", str(folder))
    commit(folder)
    return folder


def made(trellis: Trellis, service: Path, *options: str) -> list[str]:
    """Make a service, and return the lines about its repository."""
    result = trellis("new", service, "--defaults", *options)
    assert result.exit_code == 0, result.output
    assert (service / "app" / "main.py").is_file()
    return [line.removeprefix("trellis new: ") for line in result.stderr.splitlines()]


@pytest.mark.parametrize("place", ["shop", "services/shop"])
def test_repository_around_a_service_is_the_only_one(trellis: Trellis, outer: Path, place: str) -> None:
    first, *_ = made(trellis, outer / place)
    assert first == (
        f"no Git repository was made: {outer / place} is in that of {outer}; --git makes one all the same"
    )
    assert not (outer / place / ".git").exists()
    git(outer, "add", "--all")
    assert f"{place}/app/main.py" in git(outer, "ls-files")


def test_git_makes_a_repository_all_the_same(trellis: Trellis, outer: Path) -> None:
    assert made(trellis, outer / "shop", "--git") == []
    assert git(outer / "shop", "log", "--format=%s") == "Start from the Trellis template\n"


def test_no_git_asks_for_no_repository(trellis: Trellis, outer: Path) -> None:
    told = made(trellis, outer / "shop", "--no-git")
    assert not any("no Git repository was made" in line for line in told)


@pytest.mark.parametrize(
    ("ci", "told"),
    [
        ("github", "move services/shop/.github there, set working-directory: services/shop"),
        ("gitlab", "move services/shop/.gitlab-ci.yml there, and begin its scripts with cd services/shop"),
        ("none", None),
    ],
)
@pytest.mark.parametrize("options", [[], ["--no-git"]])
def test_files_that_are_read_at_the_top_alone_are_named(
    trellis: Trellis, outer: Path, ci: str, told: str | None, options: list[str]
) -> None:
    lines = made(trellis, outer / "services" / "shop", f"--set=ci={ci}", *options)
    found = [line for line in lines if "Hub reads" in line or "Lab reads" in line]
    assert [told in line for line in found if told] == ([True] if told else [])
    assert lines[-1].startswith(
        "pre-commit reads its configuration only at the top of a repository: move the"
    )


def test_worktree_and_submodule_are_repositories_around_a_service(trellis: Trellis, outer: Path) -> None:
    git(outer, "worktree", "add", "--quiet", str(outer.parent / "tree"))
    git(outer, "-c", "protocol.file.allow=always", "submodule", "add", "--quiet", str(outer), "module")
    for top in (outer.parent / "tree", outer / "module"):
        assert f"is in that of {top}" in made(trellis, top / "shop")[0]
        assert not (top / "shop" / ".git").exists()


def test_folder_that_the_repository_ignores_gets_its_own(trellis: Trellis, outer: Path) -> None:
    (outer / ".gitignore").write_text("scratch/\n")
    assert made(trellis, outer / "scratch" / "shop") == []
    assert (outer / "scratch" / "shop" / ".git").is_dir()


def test_bare_repository_records_no_service(trellis: Trellis, outer: Path) -> None:
    git(outer, "clone", "--quiet", "--bare", str(outer), "bare.git")
    assert made(trellis, outer / "bare.git" / "shop") == []
    assert (outer / "bare.git" / "shop" / ".git").is_dir()


@pytest.mark.parametrize("options", [[], ["--git"], ["--no-git"]])
def test_clone_of_an_empty_repository_takes_a_service(
    trellis: Trellis, tmp_path: Path, options: list[str]
) -> None:
    service = tmp_path / "shop"
    git(tmp_path, "init", "--quiet", str(service))
    git(service, "remote", "add", "origin", "https://git.example.com/shop.git")
    told = made(trellis, service, "--set=ci=github", *options)
    assert told == ["nothing is committed yet: the folder is already a Git repository"]
    assert git(service, "remote") == "origin\n"
    assert "?? app/" in git(service, "status", "--porcelain")


def test_repository_of_another_user_is_one_around_a_service(
    trellis: Trellis, outer: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GIT_TEST_ASSUME_DIFFERENT_OWNER", "1")
    assert f"is in that of {outer}" in made(trellis, outer / "shop")[0]
    assert not (outer / "shop" / ".git").exists()


def test_service_behind_a_link_into_a_repository_is_in_it(
    trellis: Trellis, outer: Path, tmp_path: Path
) -> None:
    (tmp_path / "link").symlink_to(outer)
    assert f"is in that of {outer}" in made(trellis, tmp_path / "link" / "shop")[0]
