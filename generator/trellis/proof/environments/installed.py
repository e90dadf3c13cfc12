"""Installs a covering set of services from their own requirements, and tests them."""

import functools
import os
import re
import signal
import subprocess
import time
import tomllib
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from trellis.proof.environments.shared import NotInstalledError, uv, uv_program, without_environment
from trellis.rendering.combinations import Combination
from trellis.rendering.reads import PROJECT
from trellis.rendering.renderer import Renderer
from trellis.rendering.source import SERVICE, Source


@dataclass(frozen=True)
class Installed:
    """The result of one installed service."""

    combination: Combination
    seconds: float
    passed: int
    problem: str | None


def needed_python(renderer: Renderer, combination: Combination) -> str:
    """Return the Python version that a combination requires, like `>=3.12`; empty if any will do."""
    project = renderer.tree(combination).files.get(PROJECT)
    try:
        return tomllib.loads(project.data.decode())["project"]["requires-python"] if project else ""
    except (tomllib.TOMLDecodeError, KeyError):
        return ""


@functools.cache
def is_available(python: str) -> bool:
    """Tell whether uv has this Python, or may download it (`UV_PYTHON_DOWNLOADS`)."""
    if os.environ.get("UV_PYTHON_DOWNLOADS", "never") in {"automatic", "true"}:
        return True
    try:
        uv("python", "find", "--no-project", "--no-python-downloads", python or "3")
    except NotInstalledError:
        return False
    return True


def install_and_test(
    source: Source, combinations: Sequence[Combination], *, at_once: int, seconds: float
) -> Iterator[Installed]:
    """Let Copier write these services, install each with `uv sync`, and run `uv run pytest`.

    Args:
        source: the template.
        combinations: the services to install.
        at_once: how many to install in parallel.
        seconds: the time limit for one command.

    Yields:
        One result for each, in the order of the combinations.

    """
    with TemporaryDirectory(prefix="trellis-installed-") as folder, ThreadPoolExecutor(at_once) as pool:
        folders = []
        for number, combination in enumerate(combinations):
            folders.append(Path(folder, str(number), SERVICE))
            source.copy(combination.changes, folders[-1])
        yield from pool.map(partial(_install_and_test, seconds), combinations, folders)


def _install_and_test(seconds: float, combination: Combination, folder: Path) -> Installed:
    started = time.monotonic()
    _, problem = _run(folder, seconds, "sync", "--quiet")
    passed = 0
    if problem is None:
        output, problem = _run(folder, seconds, "run", "pytest")
        found = re.search(r"(\d+) passed", output)
        passed = int(found[1]) if found else 0
    return Installed(combination, time.monotonic() - started, passed, problem)


def _run(folder: Path, seconds: float, *arguments: str) -> tuple[str, str | None]:
    """Run uv in a service; return its output and, if it fails, the problem."""
    command = f"uv {' '.join(arguments)}"
    variables = {"UV_PYTHON_DOWNLOADS": "never", "NO_COLOR": "1", "PYTEST_DEBUG_TEMPROOT": str(folder.parent)}
    with subprocess.Popen(
        [uv_program(), *arguments],
        cwd=folder,
        env={**variables, **without_environment()},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    ) as process:
        try:
            output, _ = process.communicate(timeout=seconds)
        except BaseException as error:
            os.killpg(process.pid, signal.SIGKILL)  # with all processes that uv started
            if not isinstance(error, subprocess.TimeoutExpired):
                raise
            return "", f"{command}: not finished after {seconds:g} s"
    return output, f"{command}: exit code {process.returncode}\n{output}" if process.returncode else None
