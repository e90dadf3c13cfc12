"""Results remembered by the answers that they were computed from, and by those alone."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Generic, Protocol, TypeVar

T = TypeVar("T")


class Marked(Protocol):
    """Answers, each of which has a mark that equals another's only if the answers are equal."""

    def mark(self, name: str) -> object:
        """Return the mark of the answer of this name; one and the same for every absent answer."""


A = TypeVar("A", bound=Marked)


@dataclass(slots=True)
class _Node(Generic[T]):
    """One name that the computation reads next, or, without a name, what it results in."""

    name: str | None = None
    results: list[T] = field(default_factory=list)
    edges: dict[object, "_Node[T]"] = field(default_factory=dict)


class Memo(Generic[A, T]):
    """A computation on answers that runs once for every combination of just those that it reads.

    What it reads is recorded, not guessed: the reads of each run make a path in a decision tree (the
    first name, its value, the next name that is read after this value, …), so a result is used again
    exactly where a run would read the same values and therefore give the same.

    Args:
        compute: takes answers, returns the result and the names that it read, in the order of reading.

    """

    def __init__(self, compute: Callable[[A], tuple[T, list[str]]]) -> None:
        self._compute = compute
        self._root: _Node[T] = _Node()

    def __call__(self, answers: A) -> T:
        """Return the result for these answers, computed if no earlier run read the same values."""
        node = self._root
        while node.name is not None:
            following = node.edges.get(answers.mark(node.name))
            if following is None:
                return self._learn(answers)
            node = following
        return node.results[0] if node.results else self._learn(answers)

    @property
    def names(self) -> frozenset[str]:
        """The names that any run so far has read."""
        found: set[str] = set()
        waiting = [self._root]
        while waiting:
            node = waiting.pop()
            found |= {node.name} if node.name is not None else set()
            waiting.extend(node.edges.values())
        return frozenset(found)

    def __iter__(self) -> Iterator[T]:
        """Iterate over the results of all runs, in the order in which values were first seen."""
        waiting = [self._root]
        while waiting:
            node = waiting.pop()
            yield from node.results
            waiting.extend(reversed(node.edges.values()))

    def _learn(self, answers: A) -> T:
        result, reads = self._compute(answers)
        node = self._root
        for name in dict.fromkeys(reads):
            if node.results or node.name not in (None, name):
                raise RuntimeError(f"{name} is read where {node.name or 'nothing'} was read before")
            node.name = name
            node = node.edges.setdefault(answers.mark(name), _Node())
        node.results.append(result)
        return result
