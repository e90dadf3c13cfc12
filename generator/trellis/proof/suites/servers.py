"""One server of each kind of database for all suites, because a start takes as long as many tests."""

import json
import subprocess
from collections.abc import Collection, Generator
from contextlib import contextmanager
from pathlib import Path

from trellis.proof.environments.shared import Environment

KINDS = ("postgresql", "mongodb")
"""The answers to `database` that need a server."""

_EMBEDDED = Path(__file__).with_name("embedded_servers.py")


@contextmanager
def embedded_servers(environment: Environment, kinds: Collection[str]) -> Generator[dict[str, str]]:
    """Run embedded servers of these kinds.

    Args:
        environment: has their packages; kinds without one are left out.
        kinds: some of `KINDS`.

    Yields:
        The URL of each, by its kind.

    """
    if not kinds:
        yield {}
        return
    command = [str(environment.python), "-P", str(_EMBEDDED), *kinds]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as process:
        line = process.stdout.readline() if process.stdout else ""
        try:
            yield json.loads(line) if line else {}
        finally:
            process.communicate()
