"""Caches results by exactly those answers that they depend on."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Generic, Protocol, TypeVar

T = TypeVar("T")


class Marked(Protocol):
    """Answers with marks: two marks are equal only if the answers are equal."""

    def mark(self, name: str) -> object:
        """Return the mark of the answer of this name; all absent answers have the same mark."""


A = TypeVar("A", bound=Marked)


@dataclass(slots=True)
class _Node(Generic[T]):
    """The name that the computation reads next; without a name, the result."""

    name: str | None = None
    results: list[T] = field(default_factory=list)
    edges: dict[object, "_Node[T]"] = field(default_factory=dict)


class Memo(Generic[A, T]):
    """A computation on answers that runs once for each distinct set of answers that it reads.

    It records what each run reads: a path in a decision tree (the first name, its value, the next name
    that is read after this value, …). A result is reused exactly if a run would read the same values.

    Args:
        compute: takes the answers; returns the result and the names it read, in this order.

    """

    def __init__(self, compute: Callable[[A], tuple[T, list[str]]]) -> None:
        self._compute = compute
        self._root: _Node[T] = _Node()

    def __call__(self, answers: A) -> T:
        """Return the result for these answers; compute it if no earlier run read the same values."""
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
        """Iterate over the results of all runs, in the order of the first runs."""
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
