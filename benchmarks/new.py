"""Time of `trellis new --defaults`, against `copier copy --defaults` of the same template.

Usage: uv run python -m benchmarks.new [--rounds 11]
"""

import argparse
import subprocess
import sys
import time
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from trellis.template import template_root

TARGET = 1.15
COMMANDS = {
    "copier copy": ["copier", "copy", "--quiet", "--defaults", str(template_root())],
    "trellis new --no-git": ["trellis", "new", "--defaults", "--no-git"],
    "trellis new": ["trellis", "new", "--defaults"],
}


def main() -> None:
    """Measure turn by turn, and print a table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=11)
    options = parser.parse_args()
    times: dict[str, list[float]] = {name: [] for name in COMMANDS}
    for _ in range(options.rounds):
        for name, command in COMMANDS.items():
            times[name].append(seconds(command))
    print(f"{'command':<24}{'seconds':>10}{'ratio':>10}")
    for name, found in times.items():
        print(f"{name:<24}{median(found):>10.3f}{median(found) / median(times['copier copy']):>10.2f}")
    print(f"Target: at most {TARGET}.")


def seconds(command: list[str]) -> float:
    """Return how long a command takes to make a service in a new folder."""
    with TemporaryDirectory() as folder:
        started = time.perf_counter()
        subprocess.run(
            [sys.executable, "-m", *command, str(Path(folder, "service"))], check=True, capture_output=True
        )
        return time.perf_counter() - started


if __name__ == "__main__":
    main()
