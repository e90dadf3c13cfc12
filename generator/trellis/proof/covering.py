"""A few combinations in which every pair of answers meets."""

import itertools
import random
from collections.abc import Iterable, Sequence

from trellis.proof.combinations import Combination

Pair = tuple[tuple[str, object], tuple[str, object]]

_TRIES = 300
"""How many combinations are weighed for each that is taken."""


def covering_set(combinations: Sequence[Combination]) -> list[Combination]:
    """Choose combinations so that each pair of answers that any combination has is in one of the chosen.

    Returns:
        The chosen combinations, the same ones for the same argument.

    """
    choice = random.Random(0)  # noqa: S311 (nothing secret)
    waiting = {pair: combination for combination in combinations for pair in pairs(combination)}
    chosen = []
    while waiting:
        tried = [next(iter(waiting.values())), *_sample(choice, combinations)]
        best = max(tried, key=lambda combination: sum(pair in waiting for pair in pairs(combination)))
        chosen.append(best)
        for pair in pairs(best):
            waiting.pop(pair, None)
    return chosen


def pairs(combination: Combination) -> Iterable[Pair]:
    """Return every pair of answers of a combination (a single one counts as a pair with itself)."""
    answers = [(name, repr(value)) for name, value in combination.choices.items()]
    return itertools.combinations_with_replacement(answers, 2)


def _sample(choice: random.Random, combinations: Sequence[Combination]) -> Sequence[Combination]:
    return choice.sample(combinations, min(_TRIES, len(combinations)))
