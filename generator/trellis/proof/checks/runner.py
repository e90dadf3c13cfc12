"""Runs checks: on many trees in one run of a tool if possible, several runs in parallel."""

import json
import os
import re
import subprocess
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from trellis.proof.cases import Case
from trellis.proof.environments.shared import Environment
from trellis.rendering.reads import Reads

_FOLDERS = Path(__file__).with_name("in_folders.py")

Problem = str | None
"""The output of the tool; None if the check passes."""


@dataclass(frozen=True)
class Check:
    """A check of every service.

    Args:
        name: its name in the report.
        command: the command that does the same in one service.
        reads: the files that its result depends on.
        run: takes a folder with one numbered folder for each case, their count and the environment;
            returns the problem of each case.
        batch: how many cases one run of the tool checks.
        file_by_file: it checks each file by itself, with the same settings.
        costly: it takes so long that a brief proof runs only some of its cases.
        covers: returns each part of a case that it judges by itself; it runs on cases that have all parts.

    """

    name: str
    command: str
    reads: Reads
    run: Callable[[Path, int, Environment], Sequence[Problem]]
    batch: int = 1
    file_by_file: bool = False
    costly: bool = False
    covers: Callable[[Case], AbstractSet[Hashable]] | None = None


def run_check(
    check: Check, cases: Sequence[Case], environment: Environment, at_once: int
) -> Iterator[tuple[Case, Problem]]:
    """Run a check on these cases, several runs in parallel.

    Yields:
        Each case with its problem, if it has one.

    """
    starts = range(0, len(cases), check.batch)
    batches = (cases[start : start + check.batch] for start in starts)
    with ThreadPoolExecutor(at_once) as pool:
        for batch, found in pool.map(partial(_run_batch, check, environment), batches):
            yield from zip(batch, found, strict=True)


def _run_batch(
    check: Check, environment: Environment, batch: Sequence[Case]
) -> tuple[Sequence[Case], Sequence[Problem]]:
    with TemporaryDirectory(prefix="trellis-check-") as folder:
        cases, store = Path(folder, "cases"), Path(folder, "files")
        store.mkdir()
        for number, case in enumerate(batch):
            case.write(cases / str(number), store)
        return batch, check.run(cases, len(batch), environment)


def in_batch(
    command: str, pattern: str, folder: Path, count: int, environment: Environment
) -> Sequence[Problem]:
    """Run a tool once for all cases; if it fails, run unnamed cases again one by one.

    Args:
        command: the tool and its arguments; one like `*/Dockerfile` stands for that file of each case.
        pattern: matches a line of its output, with the groups `case` (the folder's number) and `text`.
        folder: the folder with the cases.
        count: their number.
        environment: the environment with the tool.

    Returns:
        The problem of each case.

    """
    done = _tool(environment, folder, command, count)
    if done.returncode == 0:
        return [None] * count
    lines: list[list[str]] = [[] for _ in range(count)]
    for match in re.finditer(pattern, done.stdout, re.MULTILINE):
        lines[int(match["case"])].append(match["text"])
    return [
        "\n".join(found) or _one([command.replace(" */", " ")], folder / str(number), environment)
        for number, found in enumerate(lines)
    ]


def in_batches(
    commands: Sequence[str], pattern: str, folder: Path, count: int, environment: Environment
) -> Sequence[Problem]:
    """Run each of these tools once for all cases; a case's problem is what the first says that finds one."""
    found = [in_batch(command, pattern, folder, count, environment) for command in commands]
    return [next(filter(None, problems), None) for problems in zip(*found, strict=True)]


def one_by_one(
    commands: Sequence[str], folder: Path, count: int, environment: Environment
) -> Sequence[Problem]:
    """Run tools for each case by itself; the problem is the output of the first tool that fails."""
    return [_one(commands, folder / str(number), environment) for number in range(count)]


def in_one_process(
    function: str, commands: Sequence[str], folder: Path, count: int, environment: Environment
) -> Sequence[Problem]:
    """Run a Python tool for all cases in one process; if one fails, run it again by itself.

    Args:
        function: the function that the tool's script calls, like an entry point.
        commands: the tool and its arguments, once for each run; the problem is the output of the first
            that fails.
        folder: the folder with the cases.
        count: their number.
        environment: the environment with the tool.

    Returns:
        The problem of each case.

    """
    runs = [command.partition(" ")[2] for command in commands]
    script = [str(environment.python), "-P", str(_FOLDERS), function, str(folder), str(count), *runs]
    done = subprocess.run(script, capture_output=True, text=True, check=False)
    passed = json.loads(done.stdout) if done.returncode == 0 else [False] * count
    return [
        None if fine else _one(commands, folder / str(number), environment)
        for number, fine in enumerate(passed)
    ]


def by_function(
    function: Callable[[Path], Iterable[str]], folder: Path, count: int, _: Environment
) -> Sequence[Problem]:
    """Call a function for each case's folder; the problem is everything that it finds."""
    return ["\n".join(function(folder / str(number))) or None for number in range(count)]


def _one(commands: Sequence[str], folder: Path, environment: Environment) -> Problem:
    for command in commands:
        done = _tool(environment, folder, command)
        if done.returncode:
            return f"{done.stdout}\n{done.stderr}".replace(f"{folder}{os.sep}", "").strip()
    return None


def _tool(
    environment: Environment, folder: Path, command: str, count: int = 0
) -> subprocess.CompletedProcess[str]:
    program, *words = command.split()
    arguments = [argument for word in words for argument in _files(folder, word, count)]
    path = os.pathsep.join([str(environment.python.parent), os.environ.get("PATH", "")])
    variables = {**os.environ, "PATH": path, "VIRTUAL_ENV": str(environment.folder), "NO_COLOR": "1"}
    return subprocess.run(
        [str(environment.script(program)), *arguments],
        cwd=folder,
        env=variables,
        capture_output=True,
        text=True,
        check=False,
    )


def _files(folder: Path, word: str, count: int) -> list[str]:
    """Return the files that an argument like `*/Dockerfile` or `compose*.yaml` names, or the argument."""
    inner = word.removeprefix("*/")
    each = [f"{number}/{inner}" for number in range(count)] if inner != word else [inner]
    if "*" not in inner or inner.startswith("**"):
        return each
    return sorted(path.relative_to(folder).as_posix() for one in each for path in folder.glob(one))
