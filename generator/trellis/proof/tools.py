"""Checks by other programs: ruff, pyrefly and deptry, each with the service's own configuration."""

import itertools
import os
import re
import subprocess
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from trellis.proof.environment import Environment
from trellis.proof.inputs import Case, Reads
from trellis.proof.texts import problems

Problem = str | None
"""What is wrong, as the tool says it; None if nothing is."""


@dataclass(frozen=True)
class Check:
    """Something that is demanded of every service.

    Args:
        name: what the report calls it.
        command: what shows the same in one service.
        reads: all that its outcome depends on.
        run: takes a folder with one case in each of its numbered folders, their count and the
            environment; returns the problem of each.
        batch: how many cases one run of the tool takes.
        file_by_file: it looks at each file alone, with the same settings.

    """

    name: str
    command: str
    reads: Reads
    run: Callable[[Path, int, Environment], Sequence[Problem]]
    batch: int = 1
    file_by_file: bool = False


def run_check(
    check: Check, cases: Sequence[Case], environment: Environment, at_once: int
) -> Iterator[tuple[Case, Problem]]:
    """Run a check on these cases, several runs at once.

    Yields:
        Each case with its problem, if it has one.

    """
    batches = (
        itertools.batched(cases, check.batch)
        if hasattr(itertools, "batched")
        else _batched(cases, check.batch)
    )
    with ThreadPoolExecutor(at_once) as pool:
        for batch, found in pool.map(partial(_run_batch, check, environment), batches):
            yield from zip(batch, found, strict=True)


def _batched(cases: Sequence[Case], size: int) -> Iterable[Sequence[Case]]:
    return (cases[start : start + size] for start in range(0, len(cases), size))


def _run_batch(
    check: Check, environment: Environment, batch: Sequence[Case]
) -> tuple[Sequence[Case], Sequence[Problem]]:
    with TemporaryDirectory(prefix="trellis-check-") as folder:
        for number, case in enumerate(batch):
            case.write(Path(folder, str(number)))
        return batch, check.run(Path(folder), len(batch), environment)


def _tool(environment: Environment, folder: Path, *command: str) -> subprocess.CompletedProcess[str]:
    path = os.pathsep.join([str(environment.python.parent), os.environ.get("PATH", "")])
    variables = {**os.environ, "PATH": path, "VIRTUAL_ENV": str(environment.folder), "NO_COLOR": "1"}
    program = str(environment.script(command[0]))
    return subprocess.run(
        [program, *command[1:]], cwd=folder, env=variables, capture_output=True, text=True, check=False
    )


def _by_case(pattern: str, output: str, count: int) -> list[Problem]:
    """Share out a tool's lines among the cases; each line names its file, and so its case."""
    lines: list[list[str]] = [[] for _ in range(count)]
    for match in re.finditer(pattern, output, re.MULTILINE):
        lines[int(match["case"])].append(match["text"])
    return ["\n".join(found) or None for found in lines]


def _in_batch(
    arguments: Sequence[str], pattern: str, folder: Path, count: int, environment: Environment
) -> Sequence[Problem]:
    done = _tool(environment, folder, *arguments)
    if done.returncode == 0:
        return [None] * count
    found = _by_case(pattern, done.stdout, count)
    return [
        problem or _one([arguments], folder / str(number), environment)
        for number, problem in enumerate(found)
    ]


def _alone(
    commands: Sequence[Sequence[str]], folder: Path, count: int, environment: Environment
) -> Sequence[Problem]:
    return [_one(commands, folder / str(number), environment) for number in range(count)]


def _one(commands: Sequence[Sequence[str]], folder: Path, environment: Environment) -> Problem:
    for command in commands:
        done = _tool(environment, folder, *command)
        if done.returncode:
            return f"{done.stdout}\n{done.stderr}".replace(f"{folder}{os.sep}", "").strip()
    return None


def _texts(folder: Path, count: int, _: Environment) -> Sequence[Problem]:
    return [_text(folder / str(number)) for number in range(count)]


def _text(folder: Path) -> Problem:
    paths = (path for path in folder.rglob("*") if path.is_file())
    found = [
        problem
        for path in paths
        for problem in problems(path.relative_to(folder).as_posix(), path.read_bytes())
    ]
    return "\n".join(found) or None


_PYTHON = ("*.py", "*.pyi")
_RUFF = ("tool.ruff", "project.requires-python")

CHECKS = (
    Check("texts", "git grep -nE '[{][{%#]'", Reads(("*",)), _texts, batch=500, file_by_file=True),
    Check(
        "format",
        "uv run ruff format --diff",
        Reads(_PYTHON, _RUFF),
        partial(
            _in_batch,
            (
                "ruff",
                "format",
                "--check",
                "--no-cache",
                "--no-respect-gitignore",
                "--output-format",
                "concise",
            ),
            r"^(?P<case>\d+)[/\\](?P<text>.*)$",
        ),
        batch=500,
        file_by_file=True,
    ),
    Check(
        "lint",
        "uv run ruff check",
        Reads((*_PYTHON, "ruff.toml"), _RUFF),
        partial(
            _in_batch,
            ("ruff", "check", "--no-cache", "--no-respect-gitignore", "--output-format", "concise"),
            r"^(?P<case>\d+)[/\\](?P<text>.*)$",
        ),
        batch=25,
    ),
    Check(
        "types",
        "uv run pyrefly check",
        Reads((*_PYTHON, "pyrefly.toml"), ("tool.pyrefly",)),
        partial(
            _in_batch,
            (
                "pyrefly",
                "check",
                "--summary=none",
                "--progress-bar=no",
                "--output-format=min-text",
                "*/**/*.py",
            ),
            r"^ *[A-Z]+ (?P<case>\d+)[/\\](?P<text>.*)$",
        ),
        batch=20,
    ),
    Check(
        "dependencies",
        "uvx deptry .",
        Reads(
            _PYTHON,
            (
                "project.name",
                "project.dependencies",
                "project.optional-dependencies",
                "dependency-groups",
                "tool.deptry",
            ),
        ),
        partial(
            _alone,
            [
                ("deptry", ".", "--no-ansi"),
                ("deptry", ".", "--no-ansi", "--exclude", r"\.venv", "--ignore", "DEP002,DEP004"),
            ],
        ),
    ),
)
"""All checks; their order is that of the report."""
