"""What to prove, and how."""

import os
import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True)
class Settings:
    """What to prove, and how.

    Args:
        cache: the folder for environments and other results to reuse.
        wanted: answers that the combinations must have, as after `--set`.
        shard: the number of this machine, and the number of machines.
        covering: use only a covering set of the combinations.
        brief: run only a covering set and a random sample of the suites and of costly checks; install each
            answer, and measure the coverage of its suite, once.
        measure_all: measure the coverage of every suite, not only of a covering set.
        at_once: how many runs in parallel.
        seconds: the time limit for one suite.
        seed: the seed of the random sample that is compared with Copier's own rendering.
        sample: the size of that sample.
        servers: URLs of servers for the suites, by the answer to `database`; others are started.
        upgrade: install the newest releases into the shared environment.

    """

    cache: Path
    wanted: Mapping[str, str] = field(default_factory=dict)
    shard: tuple[int, int] = (1, 1)
    covering: bool = False
    brief: bool = False
    measure_all: bool = False
    at_once: int = os.cpu_count() or 1
    seconds: float = 300
    seed: int = field(default_factory=lambda: random.SystemRandom().randrange(10**6))
    sample: int = 10
    servers: Mapping[str, str] = field(default_factory=dict)
    upgrade: bool = False
