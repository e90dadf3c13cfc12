"""Time of `trellis new --defaults`, against what makes the same with Copier and Git.

Usage: uv run python -m benchmarks.new [--rounds 11]
"""

import argparse
import subprocess
import sys
import time
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from trellis.template_source import template_root

TARGET = 1.15
COPIER = [sys.executable, "-m", "copier", "copy", "--quiet", "--defaults", str(template_root())]
TRELLIS = [sys.executable, "-m", "trellis", "new", "--defaults"]
GIT = ["git", "-c", "user.name=Benchmark", "-c", "user.email=benchmark@localhost"]
COMMANDS = {
    "copier copy": [COPIER],
    "trellis new --no-git": [[*TRELLIS, "--no-git"]],
    "copier copy, git": [
        COPIER,
        [*GIT, "init", "--quiet", "."],
        [*GIT, "add", "--all"],
        [*GIT, "commit", "--quiet", "--message=Start"],
    ],
    "trellis new": [TRELLIS],
}
"""For each way the commands, of which the first takes the service's folder and the others run in it."""
SAME = {"trellis new --no-git": "copier copy", "trellis new": "copier copy, git"}


def main() -> None:
    """Measure turn by turn, and print a table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=11)
    options = parser.parse_args()
    times: dict[str, list[float]] = {name: [] for name in COMMANDS}
    for _ in range(options.rounds):
        for name, commands in COMMANDS.items():
            times[name].append(seconds(commands))
    print(f"{'command':<24}{'seconds':>10}{'ratio':>10}")
    for name, found in times.items():
        print(f"{name:<24}{median(found):>10.3f}{median(found) / median(times[SAME.get(name, name)]):>10.2f}")
    print(f"Target: at most {TARGET}.")


def seconds(commands: list[list[str]]) -> float:
    """Return how long these commands take to make a service in a new folder."""
    first, *others = commands
    with TemporaryDirectory() as folder:
        service = Path(folder, "service")
        started = time.perf_counter()
        subprocess.run([*first, str(service)], check=True, capture_output=True)
        for command in others:
            subprocess.run(command, cwd=service, check=True, capture_output=True)
        return time.perf_counter() - started


if __name__ == "__main__":
    main()
