"""All of it together: from the template to the report, part by part."""

import hashlib
import os
import random
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from tempfile import TemporaryDirectory

from trellis.proof.combinations import Combination, Refusal, find_combinations, spelled
from trellis.proof.covering import covering_set
from trellis.proof.environment import Environment, requirements, shared_environment
from trellis.proof.inputs import PROJECT, Case, Cases, Reads
from trellis.proof.installation import install_and_test, is_available, needed_python
from trellis.proof.progress import Display
from trellis.proof.rendering import Renderer, Tree
from trellis.proof.report import Failure, Part, Report
from trellis.proof.source import SERVICE, Source
from trellis.proof.suites import run_suites
from trellis.proof.tools import CHECKS, Check, run_check

SUITE = Reads(
    paths=("*.py", "*.ini", "*.mako", "/app/", "/migrations/", "/tests/", "/.env.example"),
    tables=("project.name", "project.version", "tool.pytest", "tool.coverage", "tool.fastapi"),
)
"""What a service's own tests read."""

_TESTS = "uv run pytest"

PARTS = ("rendering", "refusals", "checks", "suites", "installation")


@dataclass(frozen=True)
class Settings:
    """What is to be proven, and how.

    Args:
        cache: the folder for what can be used again.
        wanted: answers that the combinations must have, as after `--set`.
        shard: this machine's number, and how many there are.
        covering: take only a covering set of the combinations.
        at_once: how many runs at the same time.
        seconds: the time that one suite may take.
        seed: of the random sample that is compared with Copier's own rendering.
        sample: how many combinations that sample has.
        servers: for an answer to `database`, the URL of a server for the suites; others start their own.
        upgrade: install the newest releases into the shared environment.

    """

    cache: Path
    wanted: Mapping[str, str] = field(default_factory=dict)
    shard: tuple[int, int] = (1, 1)
    covering: bool = False
    at_once: int = os.cpu_count() or 1
    seconds: float = 120
    seed: int = field(default_factory=lambda: random.SystemRandom().randrange(10**6))
    sample: int = 10
    servers: Mapping[str, str] = field(default_factory=dict)
    upgrade: bool = False


class Proof:
    """The proof of a template.

    Raises:
        BadInput: no combination has the wanted answers.
        BadTemplate: the template cannot be evaluated at all.

    """

    def __init__(self, source: Source, settings: Settings, display: Display) -> None:
        self._source, self._settings, self._display = source, settings, display
        self.found = find_combinations(source, settings.wanted)
        self.combinations: Sequence[Combination] = self.found.valid
        if settings.covering:
            self.combinations = covering_set(self.combinations)
        self._renderer = Renderer(source)
        self._cases = {check.name: Cases(check.reads, check.file_by_file) for check in CHECKS}
        self._suites = Cases(SUITE)
        self._trees: set[int] = set()
        self._projects: dict = {}
        self._broken: dict[str, Failure] = {}
        for combination in display.follow("combinations", self.combinations, len(self.combinations)):
            self._survey(combination, self._renderer.tree(combination))

    def report(self, parts: Sequence[str] = PARTS) -> Report:
        """Prove these parts, and report."""
        report = Report(
            template=self._template,
            combinations=len(self.combinations),
            refused=self.found.refused,
            trees=len(self._trees),
            shards=[self._settings.shard],
        )
        provers: dict[str, Callable[[], list[Part]]] = {
            "rendering": lambda: [self.rendering()],
            "refusals": lambda: [self.refusals()],
            "checks": self.checks,
            "suites": lambda: [self.suites()],
            "installation": lambda: [self.installation()],
        }
        report.parts = [part for name in PARTS if name in parts for part in provers[name]()]
        return report

    def rendering(self) -> Part:
        """Show that every file can be rendered, and that Copier writes the very trees that are tested."""
        sample = random.Random(self._settings.seed).sample(  # noqa: S311 (nothing secret)
            self.combinations, min(self._settings.sample, len(self.combinations))
        )
        chosen = list(dict.fromkeys([*self.covering, *sample]))
        part = Part("rendering", cases=len(chosen), note=f"seed {self._settings.seed}")
        with _timed(part), TemporaryDirectory(prefix="trellis-rendering-") as folder:
            part.failures += self._broken.values() if self._settings.shard[0] == 1 else ()
            mine = self._share(chosen)
            for number, combination in enumerate(self._display.follow("rendering", mine, len(mine))):
                started = time.monotonic()
                problem = self._compare(combination, Path(folder, str(number), SERVICE))
                part.count(time.monotonic() - started, combination, 0)
                if problem:
                    part.failures.append(Failure.of("rendering", combination, problem, _TESTS))
        return part

    def refusals(self) -> Part:
        """Show that Copier refuses what is refused, with that reason, and nothing applies by accident."""
        refusals = self.found.refusals
        part = Part("refusals", cases=len(refusals))
        mine = self._share(refusals)
        with _timed(part), TemporaryDirectory(prefix="trellis-refusals-") as folder:
            for number, refusal in enumerate(self._display.follow("refusals", mine, len(mine))):
                problem = self._refuse(refusal, Path(folder, str(number)))
                part.count(0, refusal.before, 0)
                part.failures += _refusal_failures(refusal, problem)
        for refusal in self.found.loose if self._settings.shard[0] == 1 else ():
            part.failures += _refusal_failures(refusal, refusal.reason)
        return part

    def checks(self) -> list[Part]:
        """Run every check on each of its distinct inputs."""
        return [self._check(check) for check in CHECKS]

    def suites(self) -> Part:
        """Run each distinct suite."""
        part = Part("suites", cases=len(self._suites))
        cases = self._share(list(self._suites))
        with _timed(part):
            results = run_suites(
                cases,
                self.environment,
                at_once=self._settings.at_once,
                seconds=self._settings.seconds,
                variables=self._variables,
            )
            for result in self._display.follow("suites", results, len(cases)):
                part.count(result.seconds, result.case.example, result.passed, result.coverage)
                if result.problem:
                    part.failures.append(_failure("suites", result.case, result.problem, _TESTS))
        return part

    def installation(self) -> Part:
        """Install a covering set of those combinations whose Python is here, and test it there."""
        pythons = {combination: needed_python(self._renderer, combination) for combination in self.combinations}
        here = [combination for combination, python in pythons.items() if is_available(python)]
        chosen = covering_set(here)
        missing = sorted({python for python in pythons.values() if not is_available(python)})
        part = Part(
            "installation",
            cases=len(chosen),
            skipped=[
                f"installation of the {list(pythons.values()).count(python)} combinations for Python {python}, "
                "which is not on this machine"
                for python in missing
            ],
        )
        mine = self._share(chosen)
        with _timed(part):
            results = install_and_test(
                self._source, mine, at_once=self._settings.at_once, seconds=5 * self._settings.seconds
            )
            for result in self._display.follow("installation", results, len(mine)):
                part.count(result.seconds, result.combination, result.passed)
                if result.problem:
                    failure = Failure.of("installation", result.combination, result.problem, _TESTS)
                    part.failures.append(failure)
        return part

    @cached_property
    def covering(self) -> list[Combination]:
        """A covering set of the combinations."""
        return covering_set(self.combinations)

    @cached_property
    def environment(self) -> Environment:
        """The environment with the requirements of all combinations."""
        needed = requirements(self._projects.values())
        return shared_environment(needed, self._settings.cache, upgrade=self._settings.upgrade)

    def _survey(self, combination: Combination, tree: Tree) -> None:
        self._trees.add(tree.id)
        self._suites.add(combination, tree)
        for cases in self._cases.values():
            cases.add(combination, tree)
        if PROJECT in tree.files:
            project = tree.files[PROJECT]
            self._projects[project.id] = project
        problems = [broken.reason for broken in tree.broken.values()]
        problems += [f"{folder}/ is left empty" for folder in tree.empty_folders]
        for problem in problems:
            failure = Failure.of("rendering", combination, problem, _TESTS, sharing=0)
            self._broken.setdefault(problem, failure).sharing += 1

    def _check(self, check: Check) -> Part:
        cases = self._cases[check.name]
        part = Part(check.name, cases=len(cases))
        mine = self._share(list(cases))
        with _timed(part):
            found = run_check(check, mine, self.environment, self._settings.at_once)
            for case, problem in self._display.follow(check.name, found, len(mine)):
                part.runs += 1
                if problem:
                    part.failures.append(_failure(check.name, case, problem, check.command))
        return part

    def _compare(self, combination: Combination, folder: Path) -> str | None:
        known = self._renderer.tree(combination)
        if known.broken:
            return None
        try:
            self._source.copy(combination.changes, folder)
        except Exception as error:  # noqa: BLE001 (whatever Copier raises is its answer)
            return f"Copier does not write it: {error}"
        differing = Tree.read(folder).difference(known)
        return f"Copier writes otherwise than was tested: {', '.join(differing)}" if differing else None

    def _refuse(self, refusal: Refusal, folder: Path) -> str | None:
        try:
            self._source.copy(refusal.data, folder)
        except ValueError as error:
            return None if str(error) == refusal.reason else f"refused with another reason: {error}"
        return f"Copier takes it; it should be refused: {refusal.reason}"

    def _variables(self, case: Case) -> dict[str, str]:
        database = case.example["database"]
        url = self._settings.servers.get(str(database.value)) if database else None
        return {"TEST_DATABASE_URL": url} if url else {}

    def _share(self, work: Sequence) -> Sequence:
        number, of = self._settings.shard
        return work[number - 1 :: of]

    @cached_property
    def _template(self) -> str:
        digest = hashlib.sha256(repr((sorted(self._settings.wanted.items()), self._settings.covering)).encode())
        for path in sorted(path for path in self._source.root.rglob("*") if path.is_file()):
            digest.update(path.relative_to(self._source.root).as_posix().encode() + b"\0" + path.read_bytes())
        return digest.hexdigest()[:16]


def _failure(name: str, case: Case, problem: str, command: str) -> Failure:
    return Failure.of(name, case.example, problem, command, case.sharing)


def _refusal_failures(refusal: Refusal, problem: str | None) -> Iterator[Failure]:
    if problem:
        answers = {**refusal.before.changes, refusal.name: spelled(refusal.value)}
        yield Failure("refusals", answers, 1, problem, _TESTS)


@contextmanager
def _timed(part: Part) -> Iterator[None]:
    started = time.monotonic()
    yield
    part.seconds = time.monotonic() - started
