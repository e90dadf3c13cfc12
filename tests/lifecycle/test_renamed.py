"""`trellis update` follows what the template renamed."""

import json
from pathlib import Path

import pytest

from tests.lifecycle.conftest import Make, Trellis, commit, files, git, release
from trellis.lifecycle.outcome import UNDO

pytestmark = pytest.mark.combinations

OWN = "from app.greeting import greet\n\nWORDS = greet\n"


def change(folder: Path, name: str, old: str, new: str) -> None:
    path = folder / name
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


def rename(template: Path, old: str, new: str) -> None:
    """Rename a file or folder of the template, and what names it."""
    project = template / "template" / "project"
    (project / new).parent.mkdir(parents=True, exist_ok=True)
    (project / old).rename(project / new)
    before, after = (name.partition(".")[0] for name in (old, new))
    for path in [path for path in (template / "template").rglob("*") if path.is_file()]:
        text = path.read_text().replace(before, after)
        path.write_text(text.replace(before.replace("/", "."), after.replace("/", ".")))


@pytest.fixture
def newer(template: Path) -> Path:
    """Return the template with a version 2.0.0, which renamed a module and a package."""
    rename(template, "app/greeting.py.jinja", "app/hello.py.jinja")
    change(template, "template/project/app/hello.py.jinja", "Greets.", "Greets everybody.")
    rename(template, "app/store", "app/shelf")
    rename(template, "tests/store", "tests/shelf")
    release(template, "v2.0.0")
    return template


@pytest.fixture
def service(template: Path, make: Make) -> Path:
    """Return a service of version 1.0.0 with edits, and with modules of the user's."""
    assert git(template, "tag").split() == ["v1.0.0"]
    folder = make(store="file")
    change(folder, "app/greeting.py", "{WORD}, {name}", "{WORD}, {name}!")
    change(folder, "app/store/__init__.py", "Keep a name.", "Keep one name.")
    (folder / "app" / "mine.py").write_text(OWN)
    (folder / "app" / "store" / "own.py").write_text("from app.store import keep\n")
    (folder / "app" / "store" / "own.sh").write_text("true\n")
    (folder / "app" / "store" / "own.sh").chmod(0o755)
    commit(folder)
    return folder


@pytest.fixture
def updated(service: Path, newer: Path) -> Path:
    """Return the service while version 2.0.0 waits for it."""
    assert newer.is_dir()
    return service


def test_edits_and_imports_follow(updated: Path, trellis: Trellis) -> None:
    result = trellis("update", service=updated)
    assert result.exit_code == 0, result.output
    lines = result.stdout.splitlines()
    assert "  renamed  app/greeting.py -> app/hello.py" in lines
    assert "  renamed  app/store/ -> app/shelf/" in lines
    assert not any("made" in line or "removed" in line for line in lines)
    hello = (updated / "app" / "hello.py").read_text()
    assert '"""Greets everybody."""' in hello
    assert "{WORD}, {name}!" in hello
    assert (updated / "app" / "mine.py").read_text() == OWN.replace("greeting", "hello")
    assert "Keep one name." in (updated / "app" / "shelf" / "__init__.py").read_text()
    assert (updated / "app" / "shelf" / "own.py").read_text() == "from app.shelf import keep\n"
    assert (updated / "app" / "shelf" / "own.sh").stat().st_mode & 0o111
    assert not (updated / "app" / "greeting.py").exists()
    assert not (updated / "app" / "store").exists()


def test_next_step_knows_the_new_names(updated: Path, trellis: Trellis) -> None:
    assert trellis("update", service=updated).exit_code == 0
    commit(updated)
    found = json.loads(trellis("status", "--json", service=updated).stdout)
    assert found["changed"] == ["app/hello.py", "app/shelf/__init__.py"]
    assert (found["deleted"], found["moved"]) == ([], [])
    result = trellis("add", "loud", service=updated)
    assert result.exit_code == 0, result.output
    assert 'WORD = "HELLO"' in (updated / "app" / "hello.py").read_text()


def test_dry_run_names_renames_for_programs(updated: Path, trellis: Trellis) -> None:
    before = files(updated)
    found = json.loads(trellis("update", "--dry-run", "--json", service=updated).stdout)
    assert files(updated) == before
    assert found["files"]["renamed"] == [
        {"old": "app/store/", "new": "app/shelf/"},
        {"old": "tests/store/", "new": "tests/shelf/"},
        {"old": "app/greeting.py", "new": "app/hello.py"},
    ]
    assert (found["files"]["made"], found["files"]["removed"], found["losses"]) == ([], [], [])


def test_update_with_a_conflict_under_a_new_name_is_undone_as_it_says(
    updated: Path, trellis: Trellis
) -> None:
    change(updated, "app/greeting.py", "Greets.", "Greets us.")
    commit(updated)
    before = files(updated)
    result = trellis("update", service=updated)
    assert result.exit_code == 1
    text = (updated / "app" / "hello.py").read_text()
    assert "Greets us." in text
    assert "Greets everybody." in text
    assert "UD app/greeting.py" in git(updated, "status", "--porcelain").splitlines()
    assert f"To undo everything instead: {UNDO}" in result.stdout
    git(updated, *UNDO.split()[1:])
    assert files(updated) == before
    assert git(updated, "status", "--porcelain") == ""


def test_conflict_under_a_new_name_is_resolved_as_it_says(updated: Path, trellis: Trellis) -> None:
    change(updated, "app/greeting.py", "Greets.", "Greets us.")
    commit(updated)
    told = trellis("update", service=updated).stdout
    assert "  git add app/greeting.py app/hello.py" in told.splitlines()
    git(updated, "add", "app/greeting.py", "app/hello.py")
    assert git(updated, "ls-files", "--unmerged") == ""
    git(updated, "commit", "--quiet", "--message", "Update", ".")
    assert git(updated, "status", "--porcelain") == ""


def test_import_that_cannot_follow_stops_the_update(service: Path, template: Path, trellis: Trellis) -> None:
    (service / "app" / "own.py").write_text("from app import greeting, mine\n")
    commit(service)
    rename(template, "app/greeting.py.jinja", "app/words/hello.py.jinja")
    release(template, "v2.0.0")
    before = files(service)
    result = trellis("update", service=service)
    assert result.exit_code == 1
    assert "  app/greeting.py is imported by app/own.py, line 1" in result.stderr.splitlines()
    assert files(service) == before


def test_edits_of_a_split_file_stop_the_update(service: Path, template: Path, trellis: Trellis) -> None:
    app = template / "template" / "project" / "app"
    head, word, function = (app / "greeting.py.jinja").read_text().partition("WORD")
    name, *body = (word + function).splitlines(keepends=True)
    (app / "word.py.jinja").write_text(head + name)
    (app / "greet.py").write_text("from app.word import WORD\n" + "".join(body))
    (app / "greeting.py.jinja").unlink()
    change(template, "template/project/tests/test_greeting.py", "app.greeting", "app.greet")
    release(template, "v2.0.0")
    before = files(service)
    result = trellis("update", service=service)
    assert result.exit_code == 1
    told = [line.strip() for line in result.stderr.splitlines()]
    assert "app/greeting.py holds 1 line of yours" in told
    assert "app/greeting.py is imported by app/mine.py, line 1" in told
    assert files(service) == before
