"""How checks are run: on many trees by one run of a tool where it can, several runs at once."""

import json
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

_FOLDERS = Path(__file__).with_name("folders.py")

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
        costly: it takes so long that a brief proof runs it on some of its cases.

    """

    name: str
    command: str
    reads: Reads
    run: Callable[[Path, int, Environment], Sequence[Problem]]
    batch: int = 1
    file_by_file: bool = False
    costly: bool = False


def run_check(
    check: Check, cases: Sequence[Case], environment: Environment, at_once: int
) -> Iterator[tuple[Case, Problem]]:
    """Run a check on these cases, several runs at once.

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
        for number, case in enumerate(batch):
            case.write(Path(folder, str(number)))
        return batch, check.run(Path(folder), len(batch), environment)


def in_batch(
    command: str, pattern: str, folder: Path, count: int, environment: Environment
) -> Sequence[Problem]:
    """Run a tool once for all cases; if it fails, those that it says nothing about again one by one.

    Args:
        command: the tool and its arguments; one like `*/Dockerfile` stands for those files of all cases.
        pattern: matches a line of its output, with the groups `case` (the folder's number) and `text`.
        folder: holds the cases.
        count: how many there are.
        environment: holds the tool.

    Returns:
        The problem of each case.

    """
    done = _tool(environment, folder, command)
    if done.returncode == 0:
        return [None] * count
    lines: list[list[str]] = [[] for _ in range(count)]
    for match in re.finditer(pattern, done.stdout, re.MULTILINE):
        lines[int(match["case"])].append(match["text"])
    return [
        "\n".join(found) or _one([command], folder / str(number), environment)
        for number, found in enumerate(lines)
    ]


def one_by_one(
    commands: Sequence[str], folder: Path, count: int, environment: Environment
) -> Sequence[Problem]:
    """Run tools for each case alone; a case's problem is what the first tool that fails says."""
    return [_one(commands, folder / str(number), environment) for number in range(count)]


def in_one_process(
    function: str, commands: Sequence[str], folder: Path, count: int, environment: Environment
) -> Sequence[Problem]:
    """Run a tool of Python for all cases in one process; where it fails, again one by one.

    Args:
        function: what the tool's script calls, as in an entry point.
        commands: the tool and its arguments, once for each run; a case's problem is what the first says
            that fails.
        folder: holds the cases.
        count: how many there are.
        environment: holds the tool.

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
    """Let a function look at each case's folder; a case's problem is all that it finds there."""
    return ["\n".join(function(folder / str(number))) or None for number in range(count)]


def _one(commands: Sequence[str], folder: Path, environment: Environment) -> Problem:
    for command in commands:
        done = _tool(environment, folder, command)
        if done.returncode:
            return f"{done.stdout}\n{done.stderr}".replace(f"{folder}{os.sep}", "").strip()
    return None


def _tool(environment: Environment, folder: Path, command: str) -> subprocess.CompletedProcess[str]:
    program, *words = command.split()
    arguments = [argument for word in words for argument in _files(folder, word)]
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


def _files(folder: Path, word: str) -> list[str]:
    """Return the files that an argument like `*/Dockerfile` stands for; any other argument itself."""
    if not word.startswith("*/"):
        return [word]
    return sorted(path.relative_to(folder).as_posix() for path in folder.glob(word))
