"""What a user does over the years: lines of their own, one feature after another, and back to none."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from trellis.proof.steps.edits import common_edits, edited
from trellis.rendering.tree import Tree, write_files

pytestmark = pytest.mark.combinations

PERSON = {f"GIT_{role}_{what}": "ada" for role in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
ENVIRONMENT = {name: value for name, value in os.environ.items() if name != "VIRTUAL_ENV"} | PERSON
STOPS = (
    ("add", "database=sqlite"),
    ("add", "auth=jwt"),
    ("add", "websockets=redis"),
    ("add", "tasks=celery"),
    ("switch", "database=postgresql"),
    ("drop", "tasks"),
    ("drop", "websockets"),
    ("drop", "auth", "--discard"),
    ("drop", "database"),
)


def run(*command: str, cwd: Path) -> None:
    done = subprocess.run(command, cwd=cwd, env=ENVIRONMENT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def commit(service: Path) -> None:
    run("git", "add", "--all", cwd=service)
    run("git", "commit", "--quiet", "--message", "Change", cwd=service)


@pytest.fixture
def room() -> Iterator[Path]:
    """Return a folder that is none of pytest's, which PostgreSQL's own user may not enter."""
    with TemporaryDirectory(prefix="trellis-living-") as folder:
        Path(folder).chmod(0o755)
        yield Path(folder)


def test_service_goes_up_and_down_with_every_line_of_the_users_and_tests_green(
    room: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(ENVIRONMENT, "PYTEST_DEBUG_TEMPROOT", str(room))
    trellis = (sys.executable, "-m", "trellis")
    source, service = room / "template", room / "service"
    run("git", "clone", "--quiet", ".", str(source), cwd=Path(__file__).parents[3])
    run("git", "tag", "--force", "v9999.0.0", cwd=source)
    run("copier", "copy", "--quiet", "--defaults", str(source), str(service), cwd=room)
    run("git", "init", "--quiet", cwd=service)
    commit(service)
    tree = Tree.read(service)
    before, own = tree.files, edited(tree.files, common_edits(tree))
    write_files({path: file for path, file in own.items() if before.get(path) != file}, service)
    for path in before.keys() - own.keys():
        (service / path).unlink()
    added = {
        path: lines(file.data) - lines(before[path].data if path in before else b"")
        for path, file in own.items()
    }
    commit(service)
    for stop in STOPS:
        run(*trellis, *stop, "--check", cwd=service)
        for path, wanted in added.items():
            assert not wanted - lines((service / path).read_bytes() if wanted else b""), (stop, path)
        commit(service)


def lines(data: bytes) -> set[bytes]:
    return set(data.splitlines())
