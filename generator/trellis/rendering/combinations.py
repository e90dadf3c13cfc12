"""Combinations of answers."""

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from operator import itemgetter

from trellis.answers import spelled
from trellis.rendering.source import REMEMBERED


class BadTemplateError(Exception):
    """A question of the template could not be evaluated."""


@dataclass(frozen=True, slots=True, eq=False)
class Answer:
    """One possible answer to one question; compared by its identity, which is fast."""

    name: str
    value: object
    mark: str
    asked: bool
    """Its question applies, given the answers before."""
    varies: bool
    """Its question has choices, such as yes and no."""
    default: bool


class Combination:
    """Answers to the first questions, or to all.

    Args:
        answers: one for each question, in order; None if a question neither applies nor has a default.
        positions: the position of the answer to each question.

    """

    __slots__ = ("_positions", "answers")

    def __init__(self, answers: tuple[Answer | None, ...], positions: Mapping[str, int]) -> None:
        self.answers = answers
        self._positions = positions

    def __getitem__(self, name: str) -> Answer | None:
        """Return the answer to this question, if there is one (yet)."""
        position = self._positions.get(name, len(self.answers))
        return self.answers[position] if position < len(self.answers) else None

    def mark(self, name: str) -> object:
        """Return a mark that identifies this answer; None if there is none."""
        position = self._positions.get(name)
        if position is None:
            return self.id if name == REMEMBERED else None
        answers = self.answers  # called millions of times: `__getitem__` would double its time
        answer = answers[position] if position < len(answers) else None
        return answer and answer.mark

    def picker(self, names: Iterable[str]) -> Callable[["Combination"], Hashable]:
        """Return a function that picks the answers to these questions out of any complete combination."""
        pick = itemgetter(slice(0), *(self._positions[name] for name in names))
        return lambda combination: pick(combination.answers)

    def with_answer(self, answer: Answer | None) -> "Combination":
        """Return these answers and the next."""
        return Combination((*self.answers, answer), self._positions)

    @property
    def id(self) -> object:
        """An identity: equal answers have the same one."""
        return tuple(answer and (answer.asked, answer.mark) for answer in self.answers)

    @property
    def values(self) -> dict[str, object]:
        """All answers by name, as templates see them."""
        return {answer.name: answer.value for answer in self.answers if answer}

    @property
    def hidden(self) -> frozenset[str]:
        """Names of the answers that were not asked for."""
        return frozenset(answer.name for answer in self.answers if answer and not answer.asked)

    @property
    def choices(self) -> dict[str, object]:
        """The answers to the questions with choices that apply."""
        return {a.name: a.value for a in self.answers if a and a.asked and a.varies}

    @property
    def changes(self) -> dict[str, object]:
        """The answers that differ from their defaults."""
        return {a.name: a.value for a in self.answers if a and a.asked and not a.default}

    def __str__(self) -> str:
        """Name the combination by its answers that differ from the defaults."""
        return " ".join(f"{name}={spelled(value)}" for name, value in self.changes.items()) or "all defaults"


@dataclass(frozen=True)
class Refusal:
    """An answer that Copier refuses, with the answers before it and the reason."""

    before: Combination
    name: str
    value: object
    reason: str

    @property
    def data(self) -> dict[str, object]:
        """The answers with which Copier refuses."""
        return {**self.before.changes, self.name: self.value}


@dataclass(frozen=True)
class Combinations:
    """All combinations of answers to a template."""

    valid: Sequence[Combination]
    refusals: Sequence[Refusal]
    """Each distinct refusal once."""
    loose: Sequence[Refusal]
    refused: int
    """The number of combinations of answers that end in a refused one."""
    reads: Mapping[str, frozenset[str]]
    """For each question, the names that its default, its condition and its validator read."""

    def resolved(self, names: Iterable[str]) -> frozenset[str]:
        """Return the questions with choices that these answers depend on, including themselves."""
        found: set[str] = set()
        waiting = list(names)
        while waiting:
            name = waiting.pop()
            if name not in found:
                found.add(name)
                waiting.extend(self.reads.get(name, ()) if name not in self.asked else ())
        return frozenset(found & self.asked)

    @cached_property
    def asked(self) -> frozenset[str]:
        """The questions with choices that apply to some combination."""
        return frozenset(a.name for one in self.valid[:1] for a in one.answers if a and a.varies)
