"""The report of the proof: counts, failures, the slowest runs. Reports of several machines can be merged."""

import shlex
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from trellis.answers import spelled
from trellis.errors import BadInputError
from trellis.output import counted
from trellis.rendering.combinations import Combination
from trellis.rendering.source import SERVICE

TESTS = "uv run pytest"
"""The command that shows a failure of no particular tool."""

_SLOWEST = 5
_SHOWN = 60
_SHOWN_FIRST = 5


@dataclass
class Failure:
    """A check that a combination fails.

    Args:
        check: the check's name.
        combination: the answers that differ from the defaults, by name.
        sharing: how many combinations have the same input, and so the same failure.
        output: the output of the check.
        command: the command that shows the failure in the service.

    """

    check: str
    combination: dict[str, object]
    sharing: int
    output: str
    command: str

    @classmethod
    def of(
        cls, check: str, combination: Combination, output: str, command: str, sharing: int = 1
    ) -> "Failure":
        """Return the failure of a check of this combination."""
        return cls(check, combination.changes, sharing, output, command)

    def __str__(self) -> str:
        """Describe the service and the failure, with the two commands that show it."""
        settings = [f"{name}={spelled(value)}" for name, value in self.combination.items()]
        others = f" (and {counted(self.sharing - 1, 'more combination')})" if self.sharing > 1 else ""
        return "\n".join(
            [
                f"{self.check}: {' '.join(settings) or 'all defaults'}{others}",
                *(f"    {line}" for line in _shortened(self.output.splitlines())),
                f"  $ {new_command(settings)}",
                f"  $ (cd {SERVICE} && {self.command})",
            ]
        )


def _shortened(lines: list[str]) -> list[str]:
    """Leave out the middle of a long output; the JSON report is complete."""
    if len(lines) <= _SHOWN:
        return lines
    return [*lines[:_SHOWN_FIRST], f"[{len(lines) - _SHOWN} more lines]", *lines[_SHOWN_FIRST - _SHOWN :]]


def new_command(settings: Iterable[str]) -> str:
    """Return the command that makes a service with these settings."""
    options = "".join(f" --set {shlex.quote(setting)}" for setting in settings)
    return f"trellis new {SERVICE} --defaults{options}"


@dataclass
class Part:
    """One part of the proof: rendering, a check, the suites, the installation.

    Args:
        name: its name.
        cases: the number of distinct inputs, over all shards.
        runs: how many of them were run.
        passed: the number of passed tests.
        seconds: how long it took.
        failures: the failures.
        unstable: the suites that passed only when they ran again.
        coverage: the lowest branch coverage of a suite, in percent.
        measured: in how many suites the coverage was measured.
        slowest: the slowest runs: seconds and combination.
        skipped: what could not be proven on this machine, and why.
        note: how to repeat it, such as the seed of a sample.

    """

    name: str
    cases: int = 0
    runs: int = 0
    passed: int = 0
    seconds: float = 0.0
    failures: list[Failure] = field(default_factory=list)
    unstable: list[Failure] = field(default_factory=list)
    coverage: float | None = None
    measured: int = 0
    slowest: list[tuple[float, str]] = field(default_factory=list)
    skipped: list[str] = field(default_factory=list)
    note: str = ""

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> "Part":
        """Return the part from the result of `asdict`."""
        part = cls(**data)
        part.failures = [Failure(**failure) for failure in data["failures"]]
        part.unstable = [Failure(**failure) for failure in data["unstable"]]
        part.slowest = [(seconds, name) for seconds, name in data["slowest"]]
        return part

    def count(
        self, seconds: float, combination: Combination, passed: int = 0, coverage: float | None = None
    ) -> None:
        """Add one run."""
        self.runs += 1
        self.passed += passed
        self.slowest = sorted([*self.slowest, (round(seconds, 2), str(combination))], reverse=True)[:_SLOWEST]
        if coverage is not None:
            self.measured += 1
            self.coverage = min(coverage, self.coverage if self.coverage is not None else coverage)

    def __str__(self) -> str:
        """Describe the part in one line, then the slowest runs and what could not be proven."""
        details = [
            f"{self.runs} of {self.cases} runs" if self.runs != self.cases else counted(self.runs, "run")
        ]
        details += [f"{counted(self.passed, 'test')} passed"] if self.passed else []
        if self.coverage is not None:
            details.append(f"coverage at least {self.coverage:.1f} % in {self.measured}")
        details += [f"{len(self.failures)} failed"] if self.failures else []
        details += [f"{len(self.unstable)} passed only the second time"] if self.unstable else []
        details += [self.note] if self.note else []
        lines = [f"  {self.name:<13} {', '.join(details)} ({self.seconds:.1f} s)"]
        lines += [f"    unstable: {line}" for failure in self.unstable for line in str(failure).splitlines()]
        lines += [f"    slow: {seconds:.2f} s  {name}" for seconds, name in self.slowest if self.passed]
        lines += [f"    not proven here: {skipped}" for skipped in self.skipped]
        return "\n".join(lines)

    def add(self, other: "Part") -> None:
        """Add the same part of another shard."""
        self.runs += other.runs
        self.passed += other.passed
        self.seconds += other.seconds
        self.failures += other.failures
        self.unstable += other.unstable
        self.measured += other.measured
        self.slowest = sorted([*self.slowest, *other.slowest], reverse=True)[:_SLOWEST]
        self.skipped = list(dict.fromkeys([*self.skipped, *other.skipped]))
        self.coverage = min((c for c in (self.coverage, other.coverage) if c is not None), default=None)


@dataclass
class Report:
    """The report of a proof.

    Args:
        template: identifies the template and the selection of combinations.
        combinations: the number of combinations.
        refused: the number of refused ones.
        seen: how many were examined: those that differ for some check.
        trees: their number of distinct trees.
        shards: the shards that it covers, each as number and count.
        parts: the parts of the proof.

    """

    template: str
    combinations: int
    refused: int
    seen: int
    trees: int
    shards: list[tuple[int, int]]
    parts: list[Part] = field(default_factory=list)

    @property
    def failures(self) -> list[Failure]:
        """All failures."""
        return [failure for part in self.parts for failure in part.failures]

    @property
    def complete(self) -> bool:
        """Whether it covers all shards."""
        return len(self.shards) == self.shards[0][1]

    def as_json(self) -> dict[str, Any]:
        """Return the report for programs."""
        return {"ok": not self.failures and self.complete, **asdict(self)}

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> "Report":
        """Return the report from the result of `as_json`."""
        parts = [Part.from_json(part) for part in data["parts"]]
        shards = [(number, count) for number, count in data["shards"]]
        totals = {name: data[name] for name in ("template", "combinations", "refused", "seen", "trees")}
        return cls(**totals, shards=shards, parts=parts)

    def __str__(self) -> str:
        """Describe the failures, then each part."""
        lines = [str(failure) + "\n" for failure in self.failures]
        looked_into = f" ({self.seen} examined)" if self.seen != self.combinations else ""
        counts = f"{counted(self.combinations, 'combination')}{looked_into}, {self.refused} refused"
        lines.append(f"{counts}, {counted(self.trees, 'distinct tree')}")
        lines.extend(map(str, self.parts))
        if not self.complete:
            lines.append(f"shards {', '.join(f'{number}/{count}' for number, count in self.shards)} only")
        lines.append(
            counted(len(self.failures), "failure")
            if self.failures
            else "all proven"
            if self.complete
            else "no failures"
        )
        return "\n".join(lines)


def merged(reports: Sequence[Report]) -> Report:
    """Merge the reports of several shards.

    Raises:
        BadInputError: they belong to different templates or selections, or a shard is missing or doubled.

    """
    first, *others = reports
    for other in others:
        if (other.template, [p.name for p in other.parts]) != (first.template, [p.name for p in first.parts]):
            raise BadInputError("these reports belong to different templates or different parts of the proof")
        first.shards += other.shards
        for part, addition in zip(first.parts, other.parts, strict=True):
            part.add(addition)
    count = first.shards[0][1]
    if sorted(first.shards) != [(number, count) for number in range(1, count + 1)]:
        found = ", ".join(f"{number}/{of}" for number, of in sorted(first.shards))
        raise BadInputError(f"shards 1 to {count} are needed, each once; found: {found}")
    return first
