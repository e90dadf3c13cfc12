import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from tests.cli.conftest import Trellis
from trellis.presets import PRESETS
from trellis.template_source import template_root

Start = Callable[..., subprocess.Popen[str]]


def answers(service: Path) -> dict[str, object]:
    found: dict[str, object] = yaml.safe_load((service / ".copier-answers.yml").read_text())
    return found


def git(folder: Path, *arguments: str) -> str:
    return subprocess.run(
        ["git", *arguments],  # noqa: S607
        cwd=folder,
        check=True,
        capture_output=True,
        text=True,
    ).stdout.strip()


def refused(trellis: Trellis, service: Path, *arguments: object) -> str:
    """Return the one line with which these arguments are refused, after a look that nothing was written."""
    result = trellis("new", service, "--defaults", *arguments)
    assert result.exit_code == 2, result.output
    assert result.stdout == ""
    assert not service.exists()
    assert list(service.parent.iterdir()) == []
    [line] = result.stderr.splitlines()
    return line


def test_new_shows_what_it_made_and_what_comes_next(trellis: Trellis, service: Path) -> None:
    result = trellis("new", service, "--defaults", "--set", "database=sqlite")
    assert result.exit_code == 0, result.output
    assert (service / "app" / "main.py").is_file()
    lines = [line.strip() for line in result.stdout.splitlines()]
    assert lines[0] == f"{service}/"
    assert any(line.startswith("app/") and line.endswith("files") for line in lines)
    assert lines[-4:] == [f"cd {service}", "uv sync", "uv run pytest", "uv run -m dev"]


def test_new_commits_all_that_it_made(trellis: Trellis, service: Path) -> None:
    trellis("new", service, "--defaults", "--set", "author=Ada Lovelace")
    assert git(service, "status", "--porcelain") == ""
    assert git(service, "log", "--format=%an: %s") == "Ada Lovelace: Start from the Trellis template"
    assert git(service, "branch", "--show-current") == "main"


@pytest.mark.parametrize(
    ("name", "slug"),
    [
        ("FastAPI", "fastapi-service"),
        ("Typing Extensions", "typing-extensions-service"),
        ("FastAPI Shop", "fastapi-shop"),
        ("JSON", "json"),
    ],
)
def test_default_short_name_is_not_that_of_a_package(
    trellis: Trellis, service: Path, name: str, slug: str
) -> None:
    assert trellis("new", service, "--defaults", "--set", f"project_name={name}").exit_code == 0
    assert answers(service)["project_slug"] == slug


def test_no_git_makes_no_repository(trellis: Trellis, service: Path) -> None:
    assert trellis("new", service, "--defaults", "--no-git").exit_code == 0
    assert not (service / ".git").exists()


def test_new_warns_if_git_is_missing(
    trellis: Trellis, service: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("trellis.git.GIT", str(tmp_path / "no-git"))
    result = trellis("new", service, "--defaults")
    assert result.exit_code == 0, result.output
    assert result.stderr == "trellis new: no commit was made: git is not installed\n"
    assert (service / "pyproject.toml").is_file()


def test_answers_of_set_come_before_those_of_a_file_and_of_a_preset(
    trellis: Trellis, service: Path, tmp_path: Path
) -> None:
    file = tmp_path / "answers.yml"
    file.write_text("_commit: v1\nauthor: Grace\nemail: grace@example.com\ndatabase: mongodb\n")
    given = ("--preset", "full", "--answers", file, "--set", "author=Ada")
    assert trellis("new", service, "--defaults", *given).exit_code == 0
    found = answers(service)
    assert (found["author"], found["email"]) == ("Ada", "grace@example.com")
    assert (found["database"], found["static_files"]) == ("mongodb", True)


def test_service_is_made_again_from_its_answers(trellis: Trellis, service: Path, tmp_path: Path) -> None:
    trellis("new", service, "--defaults", "--no-git", "--set", "database=postgresql")
    again = tmp_path / "again" / service.name
    trellis("new", again, "--defaults", "--no-git", "--answers", service / ".copier-answers.yml")
    assert files(again) == files(service)


@pytest.mark.parametrize("preset", PRESETS)
def test_preset_answers_every_feature(trellis: Trellis, service: Path, preset: str) -> None:
    assert trellis("new", service, "--defaults", "--no-git", "--preset", preset).exit_code == 0
    assert PRESETS[preset].items() <= answers(service).items()


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--set", "databse=sqlite"], "there is no question 'databse'; did you mean database? allowed: "),
        (
            ["--set", "database=postgres"],
            "did you mean postgresql? allowed: none, sqlite, postgresql, mongodb",
        ),
        (["--set", "static_files=perhaps"], "static_files=perhaps is not a choice; allowed: false, true"),
        (["--set", "python_version=3.9"], "allowed: 3.11, 3.12, 3.13, 3.14"),
        (["--set", "database"], "--set takes NAME=VALUE, like database=postgresql, not 'database'"),
        (["--set", "requirements=[]"], "'requirements' is computed from the other answers"),
        (["--set", "database_style=sync"], "needs SQLite or PostgreSQL; possible with database=sqlite or"),
        (["--set", "database_style=async"], "database_style does not apply with database=none; leave it out"),
        (["--set", "project_slug=../evil"], "project_slug: lowercase letters, digits, hyphens"),
        (["--set", "project_slug=anyio"], "project_slug: a package has this name"),
        (["--set", "email=nobody"], "email: use an address like ada@example.com"),
        (
            ["--set", "auth=jwt"],
            "auth=jwt needs a database; possible with database=sqlite, database=postgresql or",
        ),
        (["--preset", "full", "--set", "database=none"], "auth=jwt needs a database"),
        (["--set", "deployment=kubernetes", "--set", "websockets=memory"], "needs PostgreSQL or MongoDB"),
        (["--vcs-ref", ""], "'' is not a version; name a tag, a branch or a commit"),
        (["--vcs-ref=--upload-pack=anything"], "'--upload-pack=anything' is not a version"),
        (["--vcs-ref", "HEAD:README.md"], "'HEAD:README.md' is not a version"),
        (["--vcs-ref", ":current:"], "':current:' is not a version"),
        (["--vcs-ref", "v1.0.0"], "is not a Git repository, and has no versions; leave out --vcs-ref"),
        (["--address", "https://token@h/t.git"], "the address contains credentials"),
        (["--preset", "ful"], "there is no preset 'ful'; did you mean full? allowed: minimal, api, full"),
        (["--answers", "/nowhere/answers.yml"], "cannot read /nowhere/answers.yml: No such file"),
    ],
)
def test_invalid_input_is_refused_with_what_is_allowed(
    trellis: Trellis, service: Path, arguments: list[str], told: str
) -> None:
    assert told in refused(trellis, service, *arguments)


@pytest.mark.parametrize("text", ["- a\n- b\n", "a: [", "\0", "just text"])
def test_file_that_holds_no_answers_is_refused(
    trellis: Trellis, service: Path, tmp_path_factory: pytest.TempPathFactory, text: str
) -> None:
    file = tmp_path_factory.mktemp("answers") / "answers.yml"
    file.write_text(text)
    assert str(file) in refused(trellis, service, "--answers", file)


def test_folder_that_is_not_empty_is_left_alone(trellis: Trellis, service: Path) -> None:
    service.mkdir()
    (service / "mine.txt").write_text("mine")
    result = trellis("new", service, "--defaults")
    assert (result.exit_code, result.stderr) == (
        2,
        f"trellis new: {service} is not empty; choose an empty folder or a new one\n",
    )
    assert [path.name for path in service.iterdir()] == ["mine.txt"]


def test_file_is_left_alone(trellis: Trellis, service: Path) -> None:
    service.write_text("mine")
    assert trellis("new", service, "--defaults").exit_code == 2
    assert service.read_text() == "mine"


def test_empty_folder_and_missing_parents_are_accepted(trellis: Trellis, service: Path) -> None:
    service.mkdir()
    assert trellis("new", service, "--defaults").exit_code == 0
    deeper = service.parent / "a" / "b"
    assert trellis("new", deeper, "--defaults").exit_code == 0
    assert sorted(path.name for path in service.parent.iterdir()) == ["a", "my-service"]


def test_asking_needs_a_terminal(start: Start, service: Path) -> None:
    process = start("new", service)
    _, told = process.communicate(timeout=20)
    assert process.returncode == 2
    assert (
        told
        == "trellis new: cannot ask without a terminal; add --defaults, and --set NAME=VALUE for answers\n"
    )


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_service_is_whole_or_not_there_when_the_work_is_interrupted(
    start: Start, service: Path, number: signal.Signals
) -> None:
    for _ in range(3):
        process = start("new", service, "--defaults")
        time.sleep(random.uniform(0.3, 1.5))  # noqa: S311 (any moment will do)
        process.send_signal(number)
        process.communicate(timeout=20)
        left = [path.name for path in service.parent.iterdir()]
        assert left in ([], [service.name])
        if left:
            assert git(service, "status", "--porcelain") == ""
            shutil.rmtree(service)


def files(folder: Path) -> dict[str, tuple[bytes, int]]:
    return {
        str(path.relative_to(folder)): (path.read_bytes(), path.stat().st_mode)
        for path in folder.rglob("*")
        if path.is_file() and ".git" not in path.parts
    }


@pytest.mark.parametrize("tagged", [True, False])
def test_copier_makes_the_same_service(
    start: Start, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, tagged: bool
) -> None:
    source = tmp_path / "trellis"
    git(tmp_path, "clone", "--quiet", "--no-tags", str(template_root()), str(source))
    if tagged:
        git(source, "tag", "v1.0.0")
    monkeypatch.setenv("PYTHONPATH", str(source / "generator"))
    given = ["database=postgresql", 'description=Sells "things"']
    by_trellis, by_copier = tmp_path / "a" / "shop", tmp_path / "b" / "shop"
    process = start("new", by_trellis, "--defaults", "--no-git", *(a for g in given for a in ("--set", g)))
    _, told = process.communicate(timeout=30)
    assert process.returncode == 0, told
    subprocess.run(
        [
            sys.executable,
            "-m",
            "copier",
            "copy",
            "--defaults",
            *(a for g in given for a in ("-d", g)),
            source,
            by_copier,
        ],
        check=True,
        capture_output=True,
    )
    assert files(by_trellis) == files(by_copier)
    assert ("_commit: v1.0.0" in (by_trellis / ".copier-answers.yml").read_text()) == tagged
