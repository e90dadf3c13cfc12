"""Compare the proof with a fresh `copier copy` and a fresh `pytest` for each combination.

Both test the same combinations, with the same shared environment and the same number of runs at once:

    uv run python -m benchmarks.proof [--sample 12]

The combinations are a random sample; the proof also computes all the others, and finds out which share a run.
"""

import argparse
import os
import random
import subprocess
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from trellis.proof.environments.shared import Environment, cache_folder
from trellis.proof.proof import Proof
from trellis.proof.reports.progress import Display
from trellis.proof.settings import Settings
from trellis.rendering.combinations import Combination
from trellis.rendering.enumeration import find_combinations
from trellis.rendering.source import SERVICE, Source, opened
from trellis.template_source import template_root


def one_by_one(source: Source, environment: Environment, combinations: Sequence[Combination]) -> float:
    """Return the seconds that fresh processes take: `copier copy`, then `pytest`, for each combination."""
    started = time.monotonic()
    with TemporaryDirectory() as folder, ThreadPoolExecutor(os.cpu_count()) as pool:
        folders = [Path(folder, str(number), SERVICE) for number in range(len(combinations))]
        list(pool.map(partial(copy_and_test, source, environment), combinations, folders))
    return time.monotonic() - started


def copy_and_test(source: Source, environment: Environment, combination: Combination, folder: Path) -> None:
    """Make one service and run its tests, as a script that knows nothing of the proof would."""
    data = [f"--data={name}={value}" for name, value in combination.changes.items()]
    copier = [
        sys.executable,
        "-m",
        "copier",
        "copy",
        "--quiet",
        "--defaults",
        *data,
        str(source.root),
        str(folder),
    ]
    path = f"{environment.python.parent}{os.pathsep}{os.environ['PATH']}"
    variables = {**os.environ, "PATH": path, "PYTEST_DEBUG_TEMPROOT": str(folder.parent)}
    subprocess.run(copier, check=True)
    tested = subprocess.run(
        [environment.script("pytest"), "-q"],
        cwd=folder,
        env=variables,
        capture_output=True,
        text=True,
        check=False,
    )
    if tested.returncode:
        sys.exit(f"{combination}\n{tested.stdout}")


def main() -> None:
    """Measure both, and print the ratio for all combinations."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sample", type=int, default=12, help="how many are copied and tested one by one")
    arguments = parser.parse_args()
    root = template_root()
    with opened(root) as source:
        everything = find_combinations(source).valid
        sample = random.sample(everything, min(arguments.sample, len(everything)))
        environment = Proof(source, Settings(cache_folder(root)), Display()).environment
        fresh = one_by_one(source, environment, sample) / len(sample) * len(everything)
        started = time.monotonic()
        report = Proof(source, Settings(cache_folder(root)), Display()).report(["suites"])
        proven = time.monotonic() - started
    if report.failures:
        sys.exit(str(report))
    suites = report.parts[0].runs
    print(f"{len(everything)} combinations, {suites} distinct suites, {os.cpu_count()} processors")
    print(f"copier copy and pytest for each  {fresh:8.1f} s  (from {len(sample)} of them)")
    print(f"trellis prove --part suites      {proven:8.1f} s  (all)")
    print(f"ratio                            {fresh / proven:8.1f}")


if __name__ == "__main__":
    main()
