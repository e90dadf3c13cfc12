"""Time of a step on an untouched service, against plain `copier update`, and of a dry run and of the status.

Usage: uv run python -m benchmarks.step [--rounds 11]
"""

import argparse
import subprocess
import sys
import time
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from trellis.template import template_root

TARGET = 1.2
CHANGE = "database=postgresql"
TRELLIS = [sys.executable, "-m", "trellis"]
COPIER = [sys.executable, "-m", "copier"]
GIT = ["git", "-c", "user.name=Benchmark", "-c", "user.email=benchmark@localhost"]
COMMANDS = {
    "copier update": [*COPIER, "update", "--quiet", "--defaults", "--vcs-ref=:current:", f"--data={CHANGE}"],
    "trellis add": [*TRELLIS, "add", CHANGE],
    "trellis add --dry-run": [*TRELLIS, "add", CHANGE, "--dry-run"],
    "trellis status": [*TRELLIS, "status"],
}
BASE = "copier update"


def main() -> None:
    """Measure turn by turn, and print a table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=11)
    options = parser.parse_args()
    times: dict[str, list[float]] = {name: [] for name in COMMANDS}
    with TemporaryDirectory() as folder:
        service = make_service(Path(folder))
        for _ in range(options.rounds):
            for name, command in COMMANDS.items():
                times[name].append(seconds(command, service))
    print(f"{'command':<24}{'seconds':>10}{'ratio':>10}")
    for name, found in times.items():
        print(f"{name:<24}{median(found):>10.3f}{median(found) / median(times[BASE]):>10.2f}")
    print(f"Target of trellis add: at most {TARGET}.")


def make_service(folder: Path) -> Path:
    """Make a service from a version of the template."""
    template, service = folder / "template", folder / "service"
    run([*GIT, "clone", "--quiet", str(template_root()), str(template)], folder)
    run([*GIT, "tag", "--force", "v9999.0.0"], template)
    run([*COPIER, "copy", "--quiet", "--defaults", str(template), str(service)], folder)
    for arguments in (["init", "--quiet"], ["add", "--all"], ["commit", "--quiet", "--message=Start"]):
        run([*GIT, *arguments], service)
    return service


def seconds(command: list[str], service: Path) -> float:
    """Return how long a command takes; the service is as before afterwards."""
    started = time.perf_counter()
    run(command, service)
    taken = time.perf_counter() - started
    run([*GIT, "reset", "--quiet", "--hard"], service)
    run([*GIT, "clean", "--quiet", "--force", "-d"], service)
    return taken


def run(command: list[str], folder: Path) -> None:
    """Run a command in a folder."""
    subprocess.run(command, cwd=folder, check=True, capture_output=True)


if __name__ == "__main__":
    main()
