"""The proof as a whole, from the template to the report."""

import hashlib
import random
import time
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cached_property, partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TypeVar

from trellis.proof import PARTS
from trellis.proof.cases import Case
from trellis.proof.checks.all_checks import CHECKS
from trellis.proof.checks.runner import Check, run_check
from trellis.proof.covering import covering, covering_set, pairs
from trellis.proof.environments.installed import install_and_test, is_available, needed_python
from trellis.proof.environments.shared import Environment, requirements, shared_environment
from trellis.proof.reports.progress import Display
from trellis.proof.reports.report import TESTS, Failure, Part, Report
from trellis.proof.selection import ALL, Selection, sample_of
from trellis.proof.settings import Settings
from trellis.proof.suites.runner import run_suites
from trellis.proof.suites.servers import KINDS, embedded_servers
from trellis.proof.survey import SUITE, Survey
from trellis.rendering.combinations import Combination, Combinations, Refusal
from trellis.rendering.enumeration import find_combinations
from trellis.rendering.memory import uncollected
from trellis.rendering.reads import Reads
from trellis.rendering.renderer import Renderer
from trellis.rendering.source import SERVICE, Source
from trellis.rendering.tree import Tree

T = TypeVar("T")

_FUZZ = Path(__file__).parent / "suites/fuzz_test.py"

BRIEFLY = 4
"""How many random suites, and random cases of a costly check, a brief proof runs."""


class Proof:
    """The proof of a template.

    Args:
        source: the template.
        settings: what to prove, and how.
        display: shows the progress.
        renderer: renders the combinations; another one can render changed services.
        found: all combinations of the template, if known.

    Raises:
        BadInputError: no combination has the wanted answers.
        BadTemplateError: the template could not be evaluated.

    """

    def __init__(
        self,
        source: Source,
        settings: Settings,
        display: Display,
        renderer: Renderer | None = None,
        found: Combinations | None = None,
    ) -> None:
        self._source, self._settings, self._display = source, settings, display
        self.found = found or find_combinations(source, settings.wanted)
        self.combinations: Sequence[Combination] = self.found.valid
        self._renderer = renderer or Renderer(source)
        if settings.covering:
            self.combinations = covering_set(sample_of(self.combinations))
        self.survey = self._surveyed()

    def report(self, parts: Sequence[str] = PARTS) -> Report:
        """Prove these parts, and return the report."""
        provers: Mapping[str, Callable[[], Part | list[Part]]] = {
            "rendering": self.rendering,
            "refusals": self.refusals,
            "checks": lambda: [self.check(check) for check in CHECKS],
            "suites": self.suites,
            "fuzz": self.fuzz,
            "installation": self.installation,
        }
        report = Report(
            template=self.template,
            combinations=len(self.found.valid),
            seen=len(self.combinations),
            refused=self.found.refused,
            trees=self.survey.trees,
            shards=[self._settings.shard],
        )
        for name in (name for name in PARTS if name in parts):
            proven = provers[name]()
            report.parts += proven if isinstance(proven, list) else [proven]
        return report

    @uncollected()
    def _surveyed(self) -> Survey:
        """Survey all combinations, or, if there are too many, those that some check needs."""
        if len(self.combinations) <= ALL:
            return Survey(self._renderer, self._followed("combinations", self.combinations))
        selection = Selection(self._renderer, self.found, SUITE)
        self.combinations = selection.of_any([SUITE, *(check.reads for check in CHECKS)])
        return Survey(self._renderer, self._followed("combinations", self.combinations), selection.sees)

    def rendering(self) -> Part:
        """Prove that every file can be rendered, and that Copier writes the same trees.

        The trees are compared for a covering set and a random sample.
        """
        sample = random.Random(self._settings.seed).sample(  # noqa: S311 (not for cryptography)
            self.combinations, min(self._settings.sample, len(self.combinations))
        )
        chosen = list(dict.fromkeys([*covering_set(self.combinations), *sample]))
        part = Part("rendering", cases=len(chosen), note=f"seed {self._settings.seed}")
        part.failures += self._once(self.survey.broken)
        with timed(part), _numbered_folders() as folders:
            for combination in self._followed("rendering", self._share(chosen)):
                started = time.monotonic()
                problem = self._compare(combination, next(folders))
                part.count(time.monotonic() - started, combination)
                if problem:
                    part.failures.append(Failure.of("rendering", combination, problem, TESTS))
        return part

    def refusals(self) -> Part:
        """Prove that Copier refuses invalid answers with this reason, and answers that do not apply."""
        part = Part("refusals", cases=len(self.found.refusals))
        with timed(part), _numbered_folders() as folders:
            for refusal in self._followed("refusals", self._share(self.found.refusals)):
                problem = self._refuse(refusal, next(folders))
                part.runs += 1
                if problem:
                    part.failures.append(Failure("refusals", refusal.data, 1, problem, TESTS))
        for refusal in self._once(self.found.loose):
            part.failures.append(Failure("refusals", refusal.data, 1, refusal.reason, TESTS))
        return part

    def check(self, check: Check) -> Part:
        """Run a check on each of its distinct inputs."""
        cases = list(self.survey.checks[check])
        part = Part(check.name)
        if check.covers:
            part.note = f"of {len(cases)} trees, with every file of all"
            cases = covering(cases, check.covers)
        if check.costly:
            cases = self._briefly(part, cases, check.reads)
        part.cases = len(cases)
        mine = self._share(cases)
        with timed(part):
            found = run_check(check, mine, self.environment, self._settings.at_once)
            for case, problem in self._followed(check.name, found, len(mine)):
                part.runs += 1
                if problem:
                    part.failures.append(_failure(check.name, case, problem, check.command))
        return part

    def suites(self) -> Part:
        """Run each distinct suite, or in a brief proof some of them."""
        part = Part("suites")
        suites = self._briefly(part, list(self.survey.suites), SUITE)
        measured = frozenset(map(id, self._measured(suites)))
        self._run(part, suites, measured=lambda case: id(case) in measured)
        return part

    def fuzz(self) -> Part:
        """Ask services in which each pair of answers occurs what their OpenAPI documents allow and forbid.

        In a brief proof each answer occurs in them.
        """
        part = Part("fuzz")
        suites = list(self.survey.suites)
        chosen = covering(suites, _answers_of if self._settings.brief else _pairs_of)
        self._run(part, chosen, measured=lambda _: False, added=_FUZZ)
        return part

    def _run(
        self,
        part: Part,
        suites: Sequence[Case],
        *,
        measured: Callable[[Case], bool],
        added: Path | None = None,
    ) -> None:
        part.cases = len(suites)
        mine = self._share(suites)
        given = self._settings.servers
        used = {str(answer.value) for case in mine if (answer := case.example["database"])}
        with (
            timed(part),
            embedded_servers(self.environment, [k for k in KINDS if k in used - set(given)]) as own,
        ):
            results = run_suites(
                mine,
                self.environment,
                at_once=self._settings.at_once,
                seconds=self._settings.seconds,
                variables=partial(_variables, {**own, **given}),
                measured=measured,
                added=added,
            )
            done = list(self._followed(part.name, results, len(mine)))
        for result in sorted(done, key=lambda result: mine.index(result.case)):
            part.count(result.seconds, result.case.example, result.passed, result.coverage)
            if result.problem:
                part.failures.append(_failure(part.name, result.case, result.problem, TESTS))
            if result.first_problem:
                part.unstable.append(_failure(part.name, result.case, result.first_problem, TESTS))

    def _briefly(self, part: Part, cases: list[Case], reads: Reads) -> list[Case]:
        """Return the cases to run; in a brief proof a selection, which the report notes.

        The selection covers every pair of answers that the files depend on, and has a random sample. Of a
        covering set, it only covers every answer.
        """
        if not self._settings.brief or len(cases) <= BRIEFLY:
            return cases
        part.note = f"of {len(cases)} {part.name}, seed {self._settings.seed}"
        if self._settings.covering:
            return covering(cases, _answers_of)
        names = self.found.resolved(self._renderer.names(reads))
        chosen = covering(cases, lambda case: pairs(case.example, names))
        sample = random.Random(self._settings.seed).sample(cases, BRIEFLY)  # noqa: S311 (not for cryptography)
        return list(dict.fromkeys([*chosen, *sample]))

    def _measured(self, suites: list[Case]) -> list[Case]:
        """Return the suites whose coverage is measured; without `brief` they are the same for every shard."""
        if self._settings.brief:
            return covering(suites, _answers_of)
        return suites if self._settings.measure_all else covering(suites, _pairs_of)

    def installation(self) -> Part:
        """Install and test a covering set of the combinations whose Python is on this machine."""
        pythons = [needed_python(self._renderer, combination) for combination in self.combinations]
        here = [one for one, python in zip(self.combinations, pythons, strict=True) if is_available(python)]
        chosen = (
            covering(here, lambda one: one.choices.items()) if self._settings.brief else covering_set(here)
        )
        part = Part("installation", cases=len(chosen), skipped=_without_python(pythons))
        mine = self._share(chosen)
        with timed(part):
            results = install_and_test(
                self._source, mine, at_once=self._settings.at_once, seconds=2 * self._settings.seconds
            )
            for result in self._followed("installation", results, len(mine)):
                part.count(result.seconds, result.combination, result.passed)
                if result.problem:
                    part.failures.append(
                        Failure.of("installation", result.combination, result.problem, TESTS)
                    )
        return part

    @cached_property
    def environment(self) -> Environment:
        """The environment with the requirements of all combinations."""
        needed = requirements(self.survey.projects)
        return shared_environment(needed, self._settings.cache, upgrade=self._settings.upgrade)

    def _compare(self, combination: Combination, folder: Path) -> str | None:
        known = self._renderer.tree(combination)
        if known.broken:
            return None
        try:
            self._source.copy(combination.changes, folder)
        except Exception as error:  # noqa: BLE001 (any exception of Copier is a failure)
            return f"Copier does not write it: {error}"
        differing = Tree.read(folder).difference(known)
        return f"Copier writes other files than were tested: {', '.join(differing)}" if differing else None

    def _refuse(self, refusal: Refusal, folder: Path) -> str | None:
        try:
            self._source.copy(refusal.data, folder)
        except ValueError as error:
            return None if str(error) == refusal.reason else f"refused with another reason: {error}"
        return f"Copier accepts it; it should be refused: {refusal.reason}"

    def _followed(self, title: str, work: Iterable[T], total: int | None = None) -> Iterator[T]:
        length = len(work) if isinstance(work, Sequence) else 0
        return self._display.follow(title, work, length if total is None else total)

    def _share(self, work: Sequence[T]) -> Sequence[T]:
        number, of = self._settings.shard
        return work[number - 1 :: of]

    def _once(self, found: Sequence[T]) -> Sequence[T]:
        """Return the findings for the first shard only, because every shard has the same ones."""
        return found if self._settings.shard[0] == 1 else ()

    @cached_property
    def template(self) -> str:
        """An identity of this template and this selection of combinations."""
        digest = hashlib.sha256(
            repr((sorted(self._settings.wanted.items()), self._settings.covering)).encode()
        )
        for path in sorted(path for path in self._source.root.rglob("*") if path.is_file()):
            digest.update(path.relative_to(self._source.root).as_posix().encode() + b"\0" + path.read_bytes())
        return digest.hexdigest()[:16]


def _failure(name: str, case: Case, problem: str, command: str) -> Failure:
    return Failure.of(name, case.example, problem, command, case.sharing)


def _answers_of(case: Case) -> Iterable[object]:
    return case.example.choices.items()


def _pairs_of(case: Case) -> Iterable[object]:
    return pairs(case.example)


def _variables(servers: Mapping[str, str], case: Case) -> dict[str, str]:
    answer = case.example["database"]
    url = servers.get(str(answer.value)) if answer else None
    return {"TEST_DATABASE_URL": url} if url else {}


def _without_python(pythons: Sequence[str]) -> list[str]:
    return [
        f"installation of {pythons.count(python)} combinations: Python {python} is not on this machine"
        for python in sorted(set(pythons))
        if not is_available(python)
    ]


@contextmanager
def _numbered_folders() -> Generator[Iterator[Path]]:
    with TemporaryDirectory(prefix="trellis-proof-") as folder:
        yield (Path(folder, str(number), SERVICE) for number in range(10**9))


@contextmanager
def timed(part: Part) -> Generator[None]:
    """Measure how long a part of the proof takes."""
    started = time.monotonic()
    yield
    part.seconds = time.monotonic() - started
