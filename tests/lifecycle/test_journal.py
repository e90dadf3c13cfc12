"""The files of a step come all, or none of them, at whatever moment its program ends."""

import subprocess
from contextlib import suppress
from pathlib import Path

import pytest

from tests.lifecycle.conftest import commit, files, git
from trellis.lifecycle import apply_transaction as applying
from trellis.lifecycle import transaction as journal

OLD = {"changed.txt": "old", "removed.txt": "old", "folder/removed.txt": "old", "kept.txt": "kept"}
NEW = {"changed.txt": "new", "made.txt": "new", "other/folder/made.txt": "new"}
AFTER = {"kept.txt": "kept", **NEW}


class StoppedError(Exception):
    """The program is killed."""


class Moves:
    """The moving of files, which stops before a move: as if the program were killed there."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self._left: int | None = None
        self._move = applying._move  # noqa: SLF001 (each of its calls is a moment)
        monkeypatch.setattr(applying, "_move", self._stop_or_move)

    def stop_before(self, number: int | None) -> None:
        self._left = number

    def _stop_or_move(self, source: Path, target: Path) -> None:
        if self._left == 0:
            raise StoppedError
        if self._left is not None:
            self._left -= 1
        self._move(source, target)


@pytest.fixture
def moves(monkeypatch: pytest.MonkeyPatch) -> Moves:
    return Moves(monkeypatch)


@pytest.fixture
def repository(tmp_path: Path, somebody: None) -> Path:  # noqa: ARG001 (who commits)
    folder = tmp_path / "repository"
    write(folder, OLD)
    git(folder, "init", "--quiet")
    commit(folder)
    return folder


def write(folder: Path, texts: dict[str, str]) -> None:
    for name, text in texts.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)


def texts(folder: Path) -> dict[str, str]:
    return {name: data.decode() for name, (data, _) in files(folder).items()}


def prepared(repository: Path, room: Path) -> journal.Journal:
    """Prepare a step that changes, removes and makes files."""
    write(room / "new", NEW)
    (room / "old").mkdir()
    old = [name for name in OLD if name != "kept.txt"]
    return journal.Journal(str(repository), str(repository / ".git" / "index"), old, list(NEW), [])


def apply_here(command: list[str]) -> None:
    applying.apply(Path(command[-1]))


def put_nothing_back(_: Path) -> None:
    """Leave everything as a killed process does."""


def bring_here(repository: Path, monkeypatch: pytest.MonkeyPatch, moves: Moves, moment: int) -> bool:
    """Bring the step within this process, which ends at a moment; return whether it was in time."""
    moves.stop_before(moment)
    with monkeypatch.context() as patched:
        patched.setattr(journal, "_carried_out", apply_here)
        with journal.locked(repository / ".git") as room:
            step = prepared(repository, room)
            patched.setattr(journal, "_put_back", put_nothing_back)
            try:
                journal.bring(room, step)
            except StoppedError:
                return True
            finally:
                moves.stop_before(None)
    return False


def test_step_is_brought(repository: Path) -> None:
    with journal.locked(repository / ".git") as room:
        journal.bring(room, prepared(repository, room))
    assert texts(repository) == AFTER
    assert not (repository / "folder").exists()
    assert " A made.txt" in git(repository, "status", "--porcelain").splitlines()


@pytest.mark.parametrize("undone", [None, 0, 1, 2])
def test_step_that_is_killed_at_any_moment_is_put_back_by_the_next(
    repository: Path, monkeypatch: pytest.MonkeyPatch, moves: Moves, undone: int | None
) -> None:
    for moment in range(2 * len(OLD) - 1):
        stopped = bring_here(repository, monkeypatch, moves, moment)
        assert stopped == (moment < 6)
        if stopped and undone is not None:  # the putting back is killed as well
            moves.stop_before(undone)
            with suppress(StoppedError):
                applying.undo(repository / ".git" / "trellis" / "step")
            moves.stop_before(None)
        with journal.locked(repository / ".git"):
            assert texts(repository) == (OLD if stopped else AFTER)
        if stopped:
            assert git(repository, "status", "--porcelain") == ""


def test_step_that_git_refuses_is_undone(repository: Path) -> None:
    (repository / ".git" / "index.lock").touch()
    with (
        journal.locked(repository / ".git") as room,
        pytest.raises(OSError, match="could not apply the step"),
    ):
        journal.bring(room, prepared(repository, room))
    assert texts(repository) == OLD


def test_files_are_moved_from_one_file_system_to_another(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    replace = applying.os.replace

    def refuse_others(source: Path, target: Path) -> None:
        if source.parent != target.parent:
            raise OSError(18, "Invalid cross-device link")
        replace(source, target)

    monkeypatch.setattr(applying.os, "replace", refuse_others)
    write(tmp_path, {"here/file": "text"})
    applying._move(tmp_path / "here" / "file", tmp_path / "there" / "file")  # noqa: SLF001 (a rare moment)
    assert texts(tmp_path) == {"there/file": "text"}


def test_program_imports_nothing_of_trellis() -> None:
    told = subprocess.run(
        ["python", "-I", "-S", "-X", "importtime", applying.__file__, "/nowhere"],  # noqa: S607
        capture_output=True,
        text=True,
        check=False,
    ).stderr
    assert "No such file" in told
    assert "trellis" not in told.replace(applying.__file__, "")
