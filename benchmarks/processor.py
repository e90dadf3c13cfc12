"""Compare the processor time of this version with that of another one.

The other version is in a folder of its own, such as a worktree of Git:

    uv run python -m benchmarks.processor ../older [--work help features survey] [--rounds 3]
"""

import argparse
import os
import statistics
import subprocess
import sys
from pathlib import Path

from trellis.template_source import template_root

_COMMAND = "from trellis.cli import app; app(['{}'])"
_SURVEY = """
from pathlib import Path
from trellis.proof.proof import Proof
from trellis.proof.reports.progress import Display
from trellis.proof.settings import Settings
from trellis.rendering.source import opened
from trellis.template_source import template_root

with opened(template_root()) as source:
    Proof(source, Settings(Path()), Display())
"""
WORK = {"help": _COMMAND.format("--help"), "features": _COMMAND.format("features"), "survey": _SURVEY}


def seconds(root: Path, code: str) -> float:
    """Return the processor's seconds that code takes with the version of Trellis at `root`."""
    before = os.times()
    subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "PYTHONPATH": str(root / "generator")},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        check=True,
    )
    after = os.times()
    return sum(after[2:4]) - sum(before[2:4])


def main() -> None:
    """Measure both versions in turn, and print the medians."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("other", type=Path)
    parser.add_argument("--work", nargs="+", choices=WORK, default=list(WORK))
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    other = options.other.resolve()
    for name in options.work:
        pairs = [
            (seconds(template_root(), WORK[name]), seconds(other, WORK[name])) for _ in range(options.rounds)
        ]
        ours, theirs = map(statistics.median, zip(*pairs, strict=True))
        print(f"{name}: {ours / theirs:.2f} ({ours:.2f} s and {theirs:.2f} s)")


if __name__ == "__main__":
    main()
