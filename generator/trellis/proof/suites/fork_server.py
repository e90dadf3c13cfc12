"""Runs test suites, each in a fork of a process that has imported the heavy libraries.

This module runs as a separate program in the shared environment, and imports nothing from Trellis.
It reads one job per line from its standard input and prints one result per line, both as JSON:

    {"id": 7, "folder": "…", "scratch": "…", "seconds": 60, "arguments": [], "environment": {}}
    {"id": 7, "exit": 0, "seconds": 0.5, "passed": 41, "coverage": 99.2}

`exit` is pytest's exit code, negative after a signal, null after a timeout; its output is in
`scratch`/output.txt. The first argument is the number of parallel suites, the others are modules to import
first.
"""

import atexit
import gc
import json
import os
import selectors
import signal
import sys
import time
import traceback
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NoReturn

import pytest

_CRASH = 70
_WARM_UP = """
import importlib

def test_imports():
    for name in {modules!r}:
        try:
            importlib.import_module(name)
        except ImportError:
            pass
"""


class Tally:
    """A pytest plugin that counts passed tests and records the coverage."""

    def __init__(self) -> None:
        self.passed = 0
        self.coverage: float | None = None

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Count a test that passed."""
        self.passed += report.when == "call" and report.passed

    @pytest.hookimpl(trylast=True)
    def pytest_terminal_summary(self, config: pytest.Config) -> None:
        """Ask pytest-cov, if the suite uses it, for the total."""
        measuring = config.pluginmanager.getplugin("_cov")
        self.coverage = getattr(measuring, "cov_total", None)


@dataclass
class Running:
    """A suite that is running in a child process."""

    job: dict[str, Any]
    process: int
    started: float

    @property
    def left(self) -> float:
        """The seconds until its time limit."""
        return self.started + self.job["seconds"] - time.monotonic()


def warm_up(modules: list[str]) -> None:
    """Import modules as a test would, so that pytest rewrites the assertions of its plugins.

    Nothing is captured: a module may keep the standard output that it finds when it is imported.
    """
    with TemporaryDirectory() as folder:
        Path(folder, "test_warm_up.py").write_text(_WARM_UP.format(modules=modules))
        with Path(os.devnull).open("w") as nowhere:
            kept = os.dup(1)
            os.dup2(nowhere.fileno(), 1)
            pytest.main(["-q", "-s", "-p", "no:cacheprovider", f"--rootdir={folder}", folder])
            os.dup2(kept, 1)
            os.close(kept)
    sys.modules.pop("test_warm_up", None)
    gc.freeze()


def run_suite(job: dict[str, Any]) -> NoReturn:
    """Run one suite in this child process, and end the process."""
    os.setsid()
    signal.set_wakeup_fd(-1)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    scratch = Path(job["scratch"])
    output = os.open(scratch / "output.txt", os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    for descriptor in (1, 2):
        os.dup2(output, descriptor)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.environ.update(job["environment"])
    os.chdir(job["folder"])
    sys.argv = ["pytest"]
    sys.dont_write_bytecode = True
    code = _CRASH
    try:
        tally = Tally()
        code = int(pytest.main(job["arguments"], plugins=[tally]))
        summary = {"passed": tally.passed, "coverage": tally.coverage}
        (scratch / "summary.json").write_text(json.dumps(summary))
    except BaseException:  # noqa: BLE001 (the child must not go on as its parent)
        traceback.print_exc()
    atexit._run_exitfuncs()  # noqa: SLF001 (os._exit leaves them out)
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


def result(running: Running, status: int | None) -> dict[str, Any]:
    """Return the result of a suite that has ended."""
    summary = Path(running.job["scratch"], "summary.json")
    counts = json.loads(summary.read_text()) if summary.is_file() else {"passed": 0, "coverage": None}
    return {
        "id": running.job["id"],
        "exit": None if status is None else os.waitstatus_to_exitcode(status),
        "seconds": round(time.monotonic() - running.started, 3),
        **counts,
    }


def collect(running: list[Running]) -> None:
    """Report the suites that have ended, and stop those that have reached their time limit."""
    for suite in list(running):
        process, status = os.waitpid(suite.process, os.WNOHANG)
        over = not process and suite.left <= 0
        if over:
            kill_session(suite.process)
            os.waitpid(suite.process, 0)
        if process or over:
            running.remove(suite)
            print(json.dumps(result(suite, None if over else status)), flush=True)


def kill_session(leader: int) -> None:
    """Kill a suite with all processes that it started, also those in groups of their own."""
    os.kill(leader, signal.SIGKILL)
    for name in filter(str.isdigit, os.listdir("/proc") if Path("/proc").is_dir() else ()):  # noqa: PTH208
        with suppress(ProcessLookupError):
            if os.getsid(int(name)) == leader:
                os.kill(int(name), signal.SIGKILL)


def start(job: dict[str, Any]) -> Running:
    """Fork a child that runs a suite."""
    started = time.monotonic()
    process = os.fork()
    if not process:
        run_suite(job)
    return Running(job, process, started)


def serve(at_once: int) -> None:
    """Run the incoming jobs, some of them in parallel, until the input ends."""
    waiting: list[dict[str, Any]] = []
    running: list[Running] = []
    signal.signal(signal.SIGCHLD, lambda *_: None)
    wakeup_read, wakeup_write = os.pipe()
    os.set_blocking(wakeup_write, False)
    signal.set_wakeup_fd(wakeup_write)
    selector = selectors.DefaultSelector()
    selector.register(0, selectors.EVENT_READ)
    selector.register(wakeup_read, selectors.EVENT_READ)
    more, rest = True, b""
    while more or waiting or running:
        while waiting and len(running) < at_once:
            running.append(start(waiting.pop(0)))
        for key, _ in selector.select(min((suite.left for suite in running), default=None)):
            data = os.read(key.fd, 65536)
            if key.fd == 0 and not data:
                more = False
                selector.unregister(0)
            elif key.fd == 0:
                *lines, rest = (rest + data).split(b"\n")
                waiting.extend(map(json.loads, lines))
        collect(running)


def main() -> None:
    """Warm up, report that, and serve."""
    warm_up(sys.argv[2:])
    print(json.dumps({"ready": True}), flush=True)
    serve(int(sys.argv[1]))


if __name__ == "__main__":
    main()
