"""Chooses a few combinations that cover every pair of answers."""

import itertools
import random
from collections.abc import Callable, Container, Hashable, Iterable, Sequence
from typing import TypeVar

from trellis.rendering.combinations import Combination

T = TypeVar("T")
Pair = tuple[tuple[str, object], tuple[str, object]]

_TRIES = 300
"""How many combinations are compared for each chosen one."""


def covering_set(combinations: Sequence[Combination]) -> list[Combination]:
    """Choose combinations that cover every pair of answers.

    Returns:
        The chosen combinations, the same ones for the same argument.

    """
    return covering(combinations, pairs)


def covering(found: Sequence[T], meetings: Callable[[T], Iterable[Hashable]]) -> list[T]:
    """Choose a subset that covers every interaction.

    Args:
        found: combinations, or steps between them.
        meetings: returns the interactions of one of them, such as its pairs of answers.

    Returns:
        The chosen ones, the same for the same arguments.

    """
    choice = random.Random(0)  # noqa: S311 (nothing secret)
    numbers: dict[Hashable, int] = {}
    met = [[numbers.setdefault(meeting, len(numbers)) for meeting in meetings(one)] for one in found]
    waiting = {number: place for place, one in enumerate(met) for number in one}
    chosen = []
    while waiting:
        tried = [next(iter(waiting.values())), *_sample(choice, range(len(found)))]
        best = max(tried, key=lambda place: sum(map(waiting.__contains__, met[place])))
        chosen.append(found[best])
        for number in met[best]:
            waiting.pop(number, None)
    return chosen


def pairs(combination: Combination, names: Container[str] | None = None) -> Iterable[Pair]:
    """Return every pair of answers, or of these answers (a single one counts as a pair with itself)."""
    choices = combination.choices.items()
    answers = [(name, repr(value)) for name, value in choices if names is None or name in names]
    return itertools.combinations_with_replacement(answers, 2)


def _sample(choice: random.Random, found: Sequence[T]) -> Sequence[T]:
    return choice.sample(found, min(_TRIES, len(found)))
