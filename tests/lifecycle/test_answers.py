"""What `trellis add`, `drop` and `switch` do, and what they refuse."""

import subprocess
from pathlib import Path

import pytest

from tests.lifecycle.conftest import Make, Trellis, commit, files, git, make_service, release


def refused(trellis: Trellis, service: Path, *arguments: object) -> str:
    """Return the line with which this is refused, after a look that nothing changed."""
    before = files(service), git(service, "status", "--porcelain")
    result = trellis(*arguments, service=service)
    assert result.exit_code == 2, result.output
    assert (files(service), git(service, "status", "--porcelain")) == before
    [line] = result.stderr.splitlines()
    return line.removeprefix(f"trellis {arguments[0]}: ")


@pytest.mark.combinations
@pytest.mark.parametrize(
    ("before", "step", "after"),
    [
        ({}, ("add", "store=file"), {"store": "file"}),
        ({"store": "file"}, ("drop", "store"), {}),
        ({"store": "file"}, ("switch", "store=memory"), {"store": "memory"}),
        ({}, ("add", "loud"), {"loud": True}),
        ({"loud": True}, ("drop", "loud"), {}),
        ({}, ("add", "store=file", "store_style=careful"), {"store": "file", "store_style": "careful"}),
        ({"store": "file", "store_style": "careful"}, ("drop", "store"), {}),
        ({"project_name": "Old"}, ("switch", "project_name=New name"), {"project_name": "New name"}),
    ],
)
def test_step_gives_the_service_that_is_made_with_the_new_answers(  # noqa: PLR0913, PLR0917 (fixtures)
    make: Make,
    template: Path,
    tmp_path: Path,
    trellis: Trellis,
    before: dict[str, object],
    step: tuple[str, ...],
    after: dict[str, object],
) -> None:
    service = make(**before)
    result = trellis(*step, service=service)
    assert result.exit_code == 0, result.output
    assert files(service) == files(make_service(template, tmp_path / "new" / "service", after))


def test_step_is_copiers_own_update(make: Make, trellis: Trellis, tmp_path: Path) -> None:
    service = make()
    greeting = service / "app" / "greeting.py"
    greeting.write_text(greeting.read_text() + "\n\nMINE = 1\n")
    commit(service)
    other = tmp_path / "other"
    git(tmp_path, "clone", "--quiet", str(service), str(other))
    arguments = ["copier", "update", "--defaults", "--quiet", "--vcs-ref=:current:", "--data=store=file"]
    subprocess.run(arguments, cwd=other, check=True)
    assert trellis("add", "store=file", service=service).exit_code == 0
    assert files(service) == files(other)
    assert "MINE = 1" in greeting.read_text()


def test_git_diff_shows_what_a_step_did_and_reset_undoes_it(make: Make, trellis: Trellis) -> None:
    service = make()
    before = files(service)
    trellis("add", "store=memory", service=service)
    assert "+def keep(name: str) -> str:" in git(service, "diff")
    git(service, "reset", "--quiet", "--hard")
    assert files(service) == before
    assert git(service, "status", "--porcelain") == ""


def test_step_shows_changes_and_next_commands(make: Make, trellis: Trellis) -> None:
    service = make()
    told = trellis("add", "store=file", service=service).stdout
    for line in (
        "store: none -> file",
        "  made     app/store/__init__.py",
        "  changed  README.md",
        "  + platformdirs>=4.14",
        "  uv sync",
    ):
        assert line in told.splitlines()
    commit(service)
    told = trellis("drop", "store", service=service).stdout
    assert "  removed  app/store/__init__.py" in told.splitlines()
    assert not (service / "app" / "store").exists()


def test_folder_that_is_new_or_removed_as_a_whole_is_one_line(
    template: Path, make: Make, trellis: Trellis
) -> None:
    store = template / "template" / "project" / "app" / "store"
    for name in ("one.py", "two.py"):
        (store / name).write_text("X = 1\n")
    release(template, "v1.1.0")
    service = make()
    assert "  made     app/store/ (3 files)" in trellis("add", "store=file", service=service).stdout
    commit(service)
    (service / "app" / "store" / "mine.py").write_text("MINE = 1\n")
    commit(service)
    assert "  removed  app/store/one.py" in trellis("drop", "store", "--dry-run", service=service).stdout
    (service / "app" / "store" / "mine.py").unlink()
    commit(service)
    assert "  removed  app/store/ (3 files)" in trellis("drop", "store", service=service).stdout


def test_dry_run_shows_the_same_and_changes_nothing(make: Make, trellis: Trellis) -> None:
    service = make()
    before = files(service)
    shown = trellis("add", "store=file", "--dry-run", service=service)
    assert files(service) == before
    assert git(service, "status", "--porcelain") == ""
    done = trellis("add", "store=file", service=service)
    assert shown.exit_code == done.exit_code == 0
    assert shown.stdout.partition("\nNothing was changed")[0] == done.stdout.partition("\nNext:")[0]


def test_step_works_in_a_folder_of_a_larger_repository(make: Make, trellis: Trellis, tmp_path: Path) -> None:
    repository = tmp_path / "repository"
    made = make()
    folder = repository / "services" / "greeter"
    folder.parent.mkdir(parents=True)
    made.rename(folder)
    git(folder.parent, "init", "--quiet", str(repository))
    (folder / ".git").rename(tmp_path / "old.git")
    (repository / "other.txt").write_text("other")
    commit(repository)
    result = trellis("add", "store=file", service=folder)
    assert result.exit_code == 0, result.output
    assert (folder / "app" / "store" / "__init__.py").is_file()
    assert " A services/greeter/app/store/__init__.py" in git(repository, "status", "--porcelain")


def test_executable_file_stays_executable(make: Make, trellis: Trellis) -> None:
    service = make()
    (service / "serve").write_text("#!/bin/sh\nexec python -m mine\n")
    commit(service)
    trellis("add", "store=file", service=service)
    assert (service / "serve").stat().st_mode & 0o111


def test_conflict_is_marked_and_reported(make: Make, trellis: Trellis) -> None:
    service = make()
    (service / "README.md").write_text("# Service\n\nIt greets politely.\n")
    commit(service)
    result = trellis("add", "loud", service=service)
    assert result.exit_code == 1
    assert "  README.md" in result.stdout.splitlines()
    *_, after = result.stdout.partition("\nResolve the markers in each file, then run:\n")
    assert [line.strip() for line in after.splitlines() if line][-5:-1] == [
        "git add README.md",
        "uv run pytest",
        "git diff .",
        "git commit .",
    ]
    text = (service / "README.md").read_text()
    assert "<<<<<<< before updating\nIt greets politely.\n" in text
    assert "It greets loudly.\n>>>>>>> after updating\n" in text
    assert git(service, "diff", "--name-only", "--diff-filter=U") == "README.md\n"
    assert not list(service.rglob("*.rej"))
    git(service, "reset", "--quiet", "--hard")
    assert (service / "README.md").read_text() == "# Service\n\nIt greets politely.\n"


def test_dry_run_reports_a_conflict(make: Make, trellis: Trellis) -> None:
    service = make()
    (service / "README.md").write_text("# Service\n\nIt greets politely.\n")
    commit(service)
    before = files(service)
    result = trellis("add", "loud", "--dry-run", service=service)
    assert result.exit_code == 1
    assert "  README.md" in result.stdout.splitlines()
    assert files(service) == before


@pytest.mark.parametrize(
    ("before", "step", "told"),
    [
        ({}, ("add", "store"), "choose a value for store; store=file, store=memory"),
        (
            {},
            ("add", "store=fil"),
            "store=fil is not a choice; did you mean file? allowed: none, file, memory",
        ),
        ({}, ("add", "store=none"), "store=none adds nothing; to drop it: trellis drop store"),
        (
            {"store": "file"},
            ("add", "store=memory"),
            "the service already has store=file; to change it: trellis switch store=memory",
        ),
        ({"store": "file"}, ("add", "store=file"), "the service already has store=file"),
        ({}, ("add", "stor"), "there is no question 'stor'; did you mean store? allowed: project_name, loud"),
        ({}, ("add", "keeps"), "there is no question 'keeps'; allowed: project_name"),
        ({}, ("drop", "store"), "the service has no store"),
        ({}, ("drop", "store=file"), "drop takes the name only; trellis drop store"),
        ({}, ("drop", "project_name"), "every service has project_name; to change it: trellis switch"),
        ({}, ("switch", "store"), "switch takes NAME=CHOICE, not 'store'"),
        ({}, ("switch", "store=none"), "the service already has store=none"),
        ({}, ("switch", "store_style=plain"), "store_style does not apply with the other answers"),
        (
            {"loud": True},
            ("add", "store=memory"),
            "store=memory does not go with loud=true; possible with loud=false",
        ),
        (
            {"store": "memory"},
            ("add", "loud"),
            "store=memory does not go with loud=true; possible with store=none or store=file",
        ),
        (
            {},
            ("switch", "store_style=careful"),
            "store_style=careful needs store=file; possible with store=f",
        ),
    ],
)
def test_invalid_answer_is_refused_with_what_is_allowed(
    make: Make, trellis: Trellis, before: dict[str, object], step: tuple[str, ...], told: str
) -> None:
    line = refused(trellis, make(**before), *step)
    assert line.startswith(told)
