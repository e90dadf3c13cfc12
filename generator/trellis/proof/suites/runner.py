"""Runs the services' tests, each suite in a fork of a process that has imported the libraries."""

import ast
import itertools
import json
import os
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO, Any

from trellis.proof.cases import Case
from trellis.proof.environments.shared import Environment
from trellis.rendering.tree import File

COVERAGE = 95.0
"""The branch coverage that each suite must reach, in percent."""

_FORKSERVER = Path(__file__).with_name("fork_server.py")
_NO_TESTS = 5


@dataclass(frozen=True)
class SuiteResult:
    """The result of one suite."""

    case: Case
    seconds: float
    passed: int
    coverage: float | None
    problem: str | None
    """The problem, with the suite's output; None if it passes."""
    first_problem: str | None = None
    """The problem of its first run, if it passed the second one."""


def run_suites(  # noqa: PLR0913 (one parameter for each thing that varies)
    cases: Sequence[Case],
    environment: Environment,
    *,
    at_once: int,
    seconds: float,
    variables: Callable[[Case], Mapping[str, str]] = lambda _: {},
    measured: Callable[[Case], bool] = lambda _: True,
    added: Path | None = None,
) -> Iterator[SuiteResult]:
    """Run the suites of these cases; a suite that fails runs once more.

    A loaded machine can fail a test that waits for real processes, and on Python 3.11, measuring code in
    greenlets sometimes loops for ever. A real fault fails twice.

    Args:
        cases: the distinct inputs.
        environment: the environment with all their requirements.
        at_once: how many suites run in parallel.
        seconds: the time limit for one suite.
        variables: returns the environment variables of a suite.
        measured: tells whether to measure the coverage of a suite, which doubles its time.
        added: a test module to run in place of the suite's own, with the suite's fixtures.

    Yields:
        One result for each case, as they finish.

    """
    with (
        TemporaryDirectory(prefix="trellis-suites-") as folder,
        _forkserver(environment, at_once, cases, added) as server,
    ):
        waiting = iter(enumerate(cases))
        running: dict[int, tuple[Case, Path]] = {}

        def tell(number: int) -> None:
            case, scratch = running[number]
            shutil.rmtree(scratch, ignore_errors=True)
            folder = case.write(scratch / "service")
            arguments = ["--cov"] if measured(case) else []
            if added:
                arguments += ["--show-capture=no", str(shutil.copy(added, folder / "tests"))]
            else:
                arguments += _strict_warnings(case)
            job = {
                "id": number,
                "folder": str(folder),
                "scratch": str(scratch),
                "seconds": seconds,
                "arguments": arguments,
                "environment": {**variables(case), "PYTEST_DEBUG_TEMPROOT": str(scratch)},
            }
            _stdin(server).write(json.dumps(job) + "\n")
            _stdin(server).flush()

        def tell_next() -> None:
            for number, case in itertools.islice(waiting, 1):
                running[number] = (case, Path(folder, str(number)))
                tell(number)
            if not running:
                _stdin(server).close()

        for _ in range(2 * at_once):
            tell_next()
        first: dict[int, str] = {}
        for answer in _answers(server):
            number = answer["id"]
            case, scratch = running[number]
            result = _judged(case, answer, scratch, seconds, expected=measured(case))
            if result.problem and number not in first:
                first[number] = result.problem
                tell(number)
                continue
            del running[number]
            tell_next()
            yield result if result.problem else replace(result, first_problem=first.get(number))
            shutil.rmtree(scratch, ignore_errors=True)
        for case, _ in running.values():
            yield SuiteResult(case, 0, 0, None, "the process that runs the suites ended before it")


def _strict_warnings(case: Case) -> list[str]:
    """Return arguments that make every warning an error, but those that the service ignores.

    In a service only its own are errors, so that a release of a library does not break its tests.
    """
    project = tomllib.loads(case.files["pyproject.toml"].data.decode())
    filters = project.get("tool", {}).get("pytest", {}).get("filterwarnings", [])
    ignored = [text for text in filters if text.startswith("ignore")]
    return ["--override-ini", "\n".join(["filterwarnings=error", *ignored])]


def imported_modules(trees: Sequence[Mapping[str, File]]) -> list[str]:
    """Return the names of the modules, other than the services' own, that the code imports."""
    files = {file.id: file for tree in trees for name, file in tree.items() if name.endswith(".py")}
    own = {name.partition("/")[0].removesuffix(".py") for tree in trees for name in tree}
    found = {module for file in files.values() for module in _imports(file.data)}
    return sorted(name for name in found if name.partition(".")[0] not in own | sys.stdlib_module_names)


def _imports(code: bytes) -> Iterator[str]:
    try:
        tree = ast.parse(code)
    except SyntaxError:
        return
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module


@contextmanager
def _forkserver(
    environment: Environment, at_once: int, cases: Sequence[Case], added: Path | None
) -> Generator[subprocess.Popen[str]]:
    path = os.pathsep.join([str(environment.python.parent), os.environ.get("PATH", "")])
    variables = {
        **os.environ,
        "PATH": path,
        "VIRTUAL_ENV": str(environment.folder),
        "OPENBLAS_NUM_THREADS": "1",
    }
    for name in [name for name in variables if name.startswith(("COV_", "COVERAGE_", "PYTEST_"))]:
        del variables[name]
    command = [
        str(environment.python),
        "-P",
        str(_FORKSERVER),
        str(at_once),
        *imported_modules([case.files for case in cases]),
        *(_imports(added.read_bytes()) if added else ()),
    ]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=variables
    ) as server:
        try:
            yield server
        finally:
            server.terminate()


def _stdin(server: subprocess.Popen[str]) -> IO[str]:
    assert server.stdin is not None  # noqa: S101 (Popen was given a pipe)
    return server.stdin


def _answers(server: subprocess.Popen[str]) -> Iterator[dict[str, Any]]:
    for line in server.stdout or ():
        answer = json.loads(line)
        if "id" in answer:
            yield answer


def _judged(
    case: Case, answer: Mapping[str, Any], scratch: Path, seconds: float, *, expected: bool
) -> SuiteResult:
    output = scratch / "output.txt"
    text = output.read_text(errors="replace") if output.is_file() else ""
    problem = _problem(answer, seconds) or (_lack(answer) if expected else None)
    return SuiteResult(
        case=case,
        seconds=answer["seconds"],
        passed=answer["passed"],
        coverage=answer["coverage"],
        problem=problem and f"{problem}\n{text}".strip(),
    )


def _problem(answer: Mapping[str, Any], seconds: float) -> str | None:
    match answer:
        case {"exit": None}:
            return f"not finished after {seconds:g} s"
        case {"exit": code} if code == _NO_TESTS:
            return "there are no tests"
        case {"exit": code} if code:
            return f"pytest ended with exit code {code}"
    return None


def _lack(answer: Mapping[str, Any]) -> str | None:
    coverage = answer["coverage"] or 0.0
    return f"coverage is {coverage:.1f} %, less than {COVERAGE:g} %" if coverage < COVERAGE else None
