"""Time of a step on an untouched service, against plain `copier update`, and of a dry run and of the status.

It tells how long a person waits, and the processor's own time, which other work on the machine changes less.

Usage: uv run python -m benchmarks.step [--rounds 11]
"""

import argparse
import subprocess
import sys
import time
from pathlib import Path
from resource import RUSAGE_CHILDREN, getrusage
from statistics import median
from tempfile import TemporaryDirectory

from trellis.template_source import template_root

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
    waited: dict[str, list[float]] = {name: [] for name in COMMANDS}
    worked: dict[str, list[float]] = {name: [] for name in COMMANDS}
    with TemporaryDirectory() as folder:
        service = make_service(Path(folder))
        for _ in range(options.rounds):
            for name, command in COMMANDS.items():
                wait, work = seconds(command, service)
                waited[name].append(wait)
                worked[name].append(work)
    print(f"{'command':<24}{'seconds':>10}{'ratio':>10}{'processor':>12}{'ratio':>10}")
    for name in COMMANDS:
        wait, work = median(waited[name]), median(worked[name])
        ratios = wait / median(waited[BASE]), work / median(worked[BASE])
        print(f"{name:<24}{wait:>10.3f}{ratios[0]:>10.2f}{work:>12.3f}{ratios[1]:>10.2f}")
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


def seconds(command: list[str], service: Path) -> tuple[float, float]:
    """Return how long a command takes, and the processor for it; the service is as before afterwards."""
    started, before = time.perf_counter(), getrusage(RUSAGE_CHILDREN)
    run(command, service)
    taken, after = time.perf_counter() - started, getrusage(RUSAGE_CHILDREN)
    run([*GIT, "reset", "--quiet", "--hard"], service)
    run([*GIT, "clean", "--quiet", "--force", "-d"], service)
    return taken, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def run(command: list[str], folder: Path) -> None:
    """Run a command in a folder."""
    subprocess.run(command, cwd=folder, check=True, capture_output=True)


if __name__ == "__main__":
    main()
