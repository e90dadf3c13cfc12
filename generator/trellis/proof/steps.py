"""The proof of steps between combinations that are one answer apart, with the edits of a user too."""

import multiprocessing
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from tempfile import TemporaryDirectory

from trellis.answers import spelled
from trellis.living.migrations import FOLDER
from trellis.proof.checks import CHECKS
from trellis.proof.combinations import Combination, Neighbours
from trellis.proof.covering import covering
from trellis.proof.edits import Edit, EditedRenderer, common_edits, edited
from trellis.proof.progress import Display
from trellis.proof.proof import Proof, Settings, T, timed
from trellis.proof.rendering import File, Renderer, Tree
from trellis.proof.report import Failure, Part, Report
from trellis.proof.source import Source
from trellis.proof.stepping import VERSION, Job, make_step, merge, rendered_by, tag_template
from trellis.proof.tools import Check


@dataclass(frozen=True)
class Transition:
    """A step from one combination to another."""

    before: Combination
    after: Combination

    @property
    def changes(self) -> dict[str, object]:
        """The answers that a person gives."""
        known = self.before.choices
        return {name: value for name, value in self.after.choices.items() if known.get(name) != value}

    @property
    def change(self) -> object:
        """What changes, from what to what, and the questions that are not asked any more."""
        changed = tuple((n, repr(self.before.choices.get(n)), repr(v)) for n, v in self.changes.items())
        return changed, tuple(sorted(self.before.choices.keys() - self.after.choices.keys()))

    @property
    def meetings(self) -> Iterable[object]:
        """What the step meets: each answer that stays."""
        kept = {n: v for n, v in self.after.choices.items() if self.before.choices.get(n) == v}
        yield self.change
        for name, value in kept.items():
            yield (self.change, name, repr(value))

    def __str__(self) -> str:
        """Say what changes in which service."""
        return f"{self.before} -> {' '.join(f'{n}={spelled(v)}' for n, v in self.changes.items())}"


class StepsProof:
    """The proof of a template's steps.

    Args:
        source: the template.
        settings: what is to be proven, and how.
        display: shows what goes on.

    """

    def __init__(self, source: Source, settings: Settings, display: Display) -> None:
        self._source, self._settings, self._display = source, settings, display
        self._renderer = Renderer(source)
        self.edited = Proof(source, settings, display, EditedRenderer(source))

    def report(self) -> Report:
        """Prove all, and report."""
        report = Report(
            template=self.edited.template,
            combinations=len(self.edited.found.valid),
            refused=self.edited.found.refused,
            seen=len(self.edited.combinations),
            trees=self.edited.survey.trees,
            shards=[self._settings.shard],
        )
        report.parts += [self.steps(), self.edits()]
        report.parts += [self.edited.check(check) for check in self.checks]
        report.parts.append(self.edited.suites())
        return report

    @property
    def checks(self) -> list[Check]:
        """The checks that services pass after edits and steps."""
        return [check for check in CHECKS if check.name in ("lint", "types")]

    @cached_property
    def transitions(self) -> list[Transition]:
        """Every step, both ways, between combinations that are one answer apart."""
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
        return covering(self.transitions, lambda transition: transition.meetings)

    def steps(self) -> Part:
        """Let Copier make the covering steps: one is made on a service as it is, and on one with edits."""
        part = Part("steps", cases=2 * len(self.covering))
        mine = self._share(self.covering)
        with timed(part), TemporaryDirectory(prefix="trellis-proof-") as workshop, self._pool() as pool:
            template = tag_template(self._source.root, Path(workshop, "template"))
            jobs = [job for transition in mine for job in self._jobs(transition, template)]
            problems = self._display.follow("steps", pool.map(make_step, jobs), len(jobs))
            for number, problem in enumerate(problems):
                self._judge(part, mine[number // 2], problem)
        return part

    def edits(self) -> Part:
        """Merge each distinct file of every step with the edits of its user, as Copier does.

        What comes out must be the new file with the same edits.
        """
        part = Part("edits", cases=len(self.transitions))
        known: dict[tuple[str, str, str], File | str] = {}
        mine = self._share(self.transitions)
        with timed(part):
            for transition in self._display.follow("edits", mine, len(mine)):
                self._judge(part, transition, self._merged(transition, known))
        part.note = f"{len(known)} distinct files merged"
        return part

    def _jobs(self, transition: Transition, template: Path) -> Iterator[Job]:
        trees = [self._renderer.tree(one) for one in (transition.before, transition.after)]
        edits = common_edits(*trees)
        for chosen in ((), edits):
            service, expected = (rendered_by(edited(tree.files, chosen), template) for tree in trees)
            yield Job(service, transition.changes, VERSION, expected, edited=bool(chosen))

    def _merged(self, transition: Transition, known: dict[tuple[str, str, str], File | str]) -> str | None:
        old, new = (self._renderer.tree(one) for one in (transition.before, transition.after))
        edits = common_edits(old, new)
        mine, wanted = _changes_by(edits, old), _changes_by(edits, new)
        for path, file in mine.items():
            base, theirs = old.files.get(path), new.files.get(path)
            if base is None or theirs is None or file is None or base.id == theirs.id:
                continue
            key = (base.id, file.id, theirs.id)
            if key not in known:
                known[key] = merge(base, file, theirs)
            merged = known[key]
            if isinstance(merged, str):
                return f"conflict in {path}:\n{merged}"
            if merged != wanted.get(path) and not path.startswith(FOLDER):
                return f"{path} is not the new file with the same edits:\n{merged.data.decode()}"
        return None

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


def _changes_by(edits: Iterable[Edit], tree: Tree) -> Mapping[str, File | None]:
    """Return what these edits change in a tree: the new files by their paths, None for deleted ones."""
    files = edited(tree.files, edits)
    paths = files.keys() | tree.files.keys()
    return {path: files.get(path) for path in sorted(paths) if files.get(path) != tree.files.get(path)}
