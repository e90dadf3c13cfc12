"""Proves the steps between combinations that differ in one answer, with and without edits of a user."""

import multiprocessing
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import cached_property
from itertools import chain
from pathlib import Path
from tempfile import TemporaryDirectory

from trellis.lifecycle.layout import arrange
from trellis.lifecycle.migrations import FOLDER
from trellis.lifecycle.rendered import Rendering
from trellis.proof.checks.all_checks import CHECKS
from trellis.proof.checks.runner import Check
from trellis.proof.covering import covering
from trellis.proof.proof import Proof, T, timed
from trellis.proof.reports.progress import Display
from trellis.proof.reports.report import Failure, Part, Report
from trellis.proof.settings import Settings
from trellis.proof.steps.edits import EDITS, EditedRenderer, common_edits, edited
from trellis.proof.steps.execution import VERSION, Job, Versions, make_steps, merge, rendered_by, tag_template
from trellis.proof.steps.journeys import Journey, find_journeys, make_journey, travels_of
from trellis.proof.steps.transitions import Meeting, Transition
from trellis.proof.suites.servers import KINDS, embedded_servers
from trellis.rendering.combinations import Combinations
from trellis.rendering.enumeration import Neighbours
from trellis.rendering.renderer import Renderer
from trellis.rendering.source import Source
from trellis.rendering.tree import File, Tree

BATCH = 10
"""How many steps share one copy of the template."""


class StepsProof:
    """The proof of a template's steps.

    Args:
        source: the template.
        settings: what to prove, and how.
        display: shows the progress.
        found: all combinations of the template, if known.

    """

    def __init__(
        self, source: Source, settings: Settings, display: Display, found: Combinations | None = None
    ) -> None:
        self._source, self._settings, self._display = source, settings, display
        self._renderer = Renderer(source)
        self._known: dict[object, Mapping[str, File]] = {}
        self.edited = Proof(source, settings, display, EditedRenderer(source), found)

    def report(self) -> Report:
        """Prove all steps, and return the report."""
        report = Report(
            template=self.edited.template,
            combinations=len(self.edited.found.valid),
            refused=self.edited.found.refused,
            seen=len(self.edited.combinations),
            trees=self.edited.survey.trees,
            shards=[self._settings.shard],
        )
        report.parts += [self.steps(), self.edits(), self.data()]
        report.parts += [self.edited.check(check) for check in self.checks]
        report.parts.append(self.edited.suites())
        return report

    @property
    def checks(self) -> list[Check]:
        """The checks that services pass after edits and steps."""
        return [check for check in CHECKS if check.name in ("lint", "types")]

    @cached_property
    def transitions(self) -> list[Transition]:
        """Every step, in both directions, between combinations that differ in one answer."""
        neighbours = Neighbours(self._source)
        found: dict[tuple[object, object], Transition] = {}
        for one in self._display.follow(
            "neighbours", self.edited.combinations, len(self.edited.combinations)
        ):
            for other in neighbours.of(one):
                for before, after in ((one, other), (other, one)):
                    found.setdefault((before.id, after.id), Transition(before, after))
        return list(found.values())

    @cached_property
    def covering(self) -> list[Transition]:
        """Steps with each change of an answer; in the whole proof each of them meets each other answer."""
        if self._settings.covering:
            return covering(self.transitions, lambda transition: [transition.change])
        return self._meeting_each_answer

    @cached_property
    def met(self) -> list[Transition]:
        """The steps to merge with edits: all, or those in which each change meets each other answer."""
        return self._meeting_each_answer if self._settings.covering else self.transitions

    @cached_property
    def _meeting_each_answer(self) -> list[Transition]:
        """Steps in which each change of an answer meets each other answer."""
        return covering(self.transitions, lambda transition: transition.meetings)

    @cached_property
    def journeys(self) -> list[Journey]:
        """The ways that services with data are taken."""
        proof, covering = self.edited, self._settings.covering
        return find_journeys(proof.found, self._renderer, proof.combinations, covering=covering)

    def steps(self) -> Part:
        """Take the covering steps, each with a service as made and with one that has edits."""
        part = Part("steps", cases=2 * len(self.covering))
        mine = self._share(self.covering)
        with timed(part), TemporaryDirectory(prefix="trellis-proof-") as workshop, self._pool() as pool:
            template = tag_template(self._source.root, Path(workshop, "template"))
            jobs = [job for transition in mine for job in self._jobs(transition, template)]
            batches = [jobs[start : start + BATCH] for start in range(0, len(jobs), BATCH)]
            made = chain.from_iterable(pool.map(make_steps, batches))
            problems = self._display.follow("steps", made, len(jobs))
            for number, problem in enumerate(problems):
                self._judge(part, mine[number // 2], problem)
        return part

    def edits(self) -> Part:
        """Merge each distinct file of every step with the edits of a user.

        The result must be the new file with the same edits.
        """
        part = Part("edits", cases=len(self.met))
        mine = self._share(self.met)
        with timed(part):
            meetings = [self._meeting(one) for one in self._display.follow("edits", mine, len(mine))]
            cases = {file.id: file for meeting in meetings for file in meeting.files.values()}
            merged = dict(zip(cases, merge(list(cases.values()), self._settings.at_once), strict=True))
            for transition, meeting in zip(mine, meetings, strict=True):
                self._judge(part, transition, meeting.problem(merged))
        part.note = f"{len(cases)} distinct files merged"
        return part

    def data(self) -> Part:
        """Migrate databases with rows from schema to schema, and compare them with new ones."""
        part = Part("data", cases=sum(journey.steps for journey in self.journeys))
        mine = self._share(self.journeys)
        needed = {journey.database for journey in mine} & {*KINDS} - {*self._settings.servers}
        with (
            timed(part),
            TemporaryDirectory(prefix="trellis-proof-") as workshop,
            embedded_servers(self.edited.environment, needed) as own,
            self._pool() as pool,
        ):
            template = tag_template(self._source.root, Path(workshop, "template"))
            servers = {**own, **self._settings.servers}
            travels = travels_of(mine, self._renderer, template, self.edited.environment, servers)
            made = list(self._display.follow("data", pool.map(make_journey, travels), len(mine)))
        for journey, outcome in zip(mine, made, strict=True):
            part.runs += len(outcome.rows)
            if problem := outcome.problem and f"{journey}\n{outcome.problem}":
                part.failures.append(Failure.of("data", journey.combinations[0], problem, "trellis status"))
        before, after = (sum(pair[place] for one in made for pair in one.rows) for place in (0, 1))
        part.note = f"{before} rows before the steps, {after} of them afterwards"
        return part

    def _jobs(self, transition: Transition, template: Path) -> Iterator[Job]:
        trees = [self._renderer.tree(one) for one in (transition.before, transition.after)]
        edits = common_edits(*trees)
        for chosen in ((), edits):
            service, expected = (rendered_by(edited(tree.files, chosen), template) for tree in trees)
            yield Job(service, transition.changes, VERSION, expected)

    def _meeting(self, transition: Transition) -> Meeting:
        old, new = (self._renderer.tree(one) for one in (transition.before, transition.after))
        names = tuple(edit.name for edit in common_edits(old, new))
        mine, wanted = self._edited_tree(old, names), self._edited_tree(new, names)
        before, after = (Rendering(_contents(tree.files)) for tree in (old, new))
        arrangement = arrange(before, _contents(mine), after)
        was, now = arrangement.old.files, arrangement.new.files
        files = {
            path: Versions(path, File.of(was[path], file.mode), file, File.of(now[path], file.mode))
            for path, file in mine.items()
            if path in was and path in now and not path.startswith(FOLDER)
            if was[path] not in (file.data, now[path])
        }
        return Meeting(files, wanted)

    def _edited_tree(self, tree: Tree, names: tuple[str, ...]) -> Mapping[str, File]:
        """Return a tree after the edits of these names."""
        key = tree.id, names
        if key not in self._known:
            self._known[key] = edited(tree.files, [edit for edit in EDITS if edit.name in names])
        return self._known[key]

    def _judge(self, part: Part, transition: Transition, problem: str | None) -> None:
        part.runs += 1
        if problem:
            told = f"{transition}\n{problem}"
            part.failures.append(Failure.of(part.name, transition.before, told, "trellis status"))

    def _pool(self) -> ProcessPoolExecutor:
        return ProcessPoolExecutor(self._settings.at_once, multiprocessing.get_context("spawn"))

    def _share(self, work: Sequence[T]) -> Sequence[T]:
        number, of = self._settings.shard
        return work[number - 1 :: of]


def _contents(files: Mapping[str, File]) -> dict[str, bytes]:
    return {path: file.data for path, file in files.items()}
