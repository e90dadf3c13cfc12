"""Whatever happens meanwhile: a service is as before a step or as after it, and the next call works."""

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import NoReturn

import pytest

from tests.lifecycle.conftest import Make, Trellis, commit, files, git, make_service
from trellis.lifecycle import apply as taking
from trellis.lifecycle import step
from trellis.lifecycle import transaction as journal

State = tuple[dict[str, tuple[bytes, int]], str]


def state(service: Path) -> State:
    return files(service), git(service, "status", "--porcelain")


def start(*arguments: object, service: Path) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "trellis", *map(str, arguments), "--service", str(service)]
    return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


@pytest.fixture
def service(make: Make) -> Path:
    """Return a service in which a step makes, changes and removes files, one of them in conflict."""
    made = make(store="file")
    (made / "README.md").write_text("# Service\n\nIt greets politely.\n")
    commit(made)
    return made


STEP = ("switch", "loud=true", "store=none")


def test_step_that_fails_is_put_back(
    service: Path, trellis: Trellis, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = state(service)
    real = taking.git

    def fail(folder: Path, *arguments: str, **options: object) -> str:
        if arguments[0] == "checkout-index":
            raise OSError("the disk is full")
        return real(folder, *arguments, **options)  # pyrefly: ignore[bad-argument-type]

    monkeypatch.setattr(taking, "git", fail)
    result = trellis(*STEP, "--discard", service=service)
    assert (result.exit_code, result.stderr) == (1, "trellis switch: the disk is full\n")
    assert state(service) == before
    assert not (service / ".git" / "trellis" / "step").exists()


def test_step_that_git_refuses_is_undone(service: Path, trellis: Trellis) -> None:
    before = state(service)
    lock = service / ".git" / "index.lock"
    lock.touch()
    result = trellis(*STEP, "--discard", service=service)
    assert result.exit_code == 1
    assert (
        f"could not apply the step, so nothing was changed: fatal: Unable to create '{lock}'" in result.stderr
    )
    lock.unlink()
    assert state(service) == before


def test_interruption_changes_nothing(
    service: Path, trellis: Trellis, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = state(service)

    def interrupt(*_: object) -> NoReturn:
        raise KeyboardInterrupt

    monkeypatch.setattr(step, "_refuse_obstacles", interrupt)
    result = trellis(*STEP, service=service)
    assert (result.exit_code, result.stderr) == (130, "trellis switch: stopped; nothing was changed\n")
    assert state(service) == before


def test_step_waits_for_another_and_then_gives_up(
    service: Path, trellis: Trellis, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(journal, "PATIENCE", 0.2)
    with journal.locked(service / ".git"):
        result = trellis(*STEP, service=service)
    assert result.exit_code == 2
    assert "another Trellis command is changing this repository; wait until it is done" in result.stderr


@pytest.mark.combinations
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGINT, signal.SIGTERM])
def test_service_is_as_before_or_as_after_a_step_that_is_ended_at_a_random_moment(
    make: Make, template: Path, tmp_path: Path, number: signal.Signals
) -> None:
    service = make(loud=True)
    before = state(service)
    began = time.monotonic()
    assert start("add", "store=file", service=service).wait(60) == 0
    needed = time.monotonic() - began
    after = state(service)
    assert after[0] == files(
        make_service(template, tmp_path / "new" / "service", {"loud": True, "store": "file"})
    )
    found = {"before": 0, "after": 0}
    for _ in range(50 if number == signal.SIGKILL else 10):
        git(service, "reset", "--quiet", "--hard")
        process = start("add", "store=file", service=service)
        time.sleep(random.uniform(0.3, 1.1) * needed)  # noqa: S311 (any moment will do)
        process.send_signal(number)
        process.wait(60)
        with journal.locked(service / ".git"):  # what a killed step started has come to its end
            now = state(service)
        assert now in (before, after)
        found["before" if now == before else "after"] += 1
    print(found, file=sys.__stderr__)
    git(service, "reset", "--quiet", "--hard")
    assert start("add", "store=file", service=service).wait(60) == 0
    assert state(service) == after
    assert os.listdir(service / ".git" / "trellis") == ["lock"]  # noqa: PTH208 (names are enough)
