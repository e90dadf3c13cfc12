"""Which combinations a check has to see: one for each set of just those answers that it depends on.

There are far more combinations than there are different inputs of any check. What an input depends on is
known from what the rendering of its files reads (see `memo`), so one combination stands for all that
agree in this; its other answers are chosen at random. A check whose inputs are still too many (the README
depends on nearly all) sees what the suites see, and more combinations in which every pair of answers meets.
"""

import random
from collections.abc import Iterable, Sequence

from trellis.proof.combinations import Combination, Combinations
from trellis.proof.covering import covering_set
from trellis.proof.inputs import Reads
from trellis.proof.rendering import Renderer

ALL = 5_000
"""Up to so many combinations, every check sees all of them."""
MOST = 1_500
"""How many combinations one check sees, if it is not what the suites see."""
_SAMPLE = 20_000


def sample_of(combinations: Sequence[Combination]) -> Sequence[Combination]:
    """Return enough combinations, at random, that every pair of answers is in some."""
    choice = random.Random(0)  # noqa: S311 (nothing secret)
    return choice.sample(combinations, min(_SAMPLE, len(combinations)))


class Selection:
    """The combinations that each check sees.

    Args:
        renderer: knows what each file reads.
        found: all combinations.
        suite: what the suites read; whatever depends on it is seen whole.

    """

    def __init__(self, renderer: Renderer, found: Combinations, suite: Reads) -> None:
        self._renderer = renderer
        self._found = found
        self._mixed = random.Random(0).sample(found.valid, len(found.valid))  # noqa: S311 (nothing secret)
        self.covering = covering_set(self._mixed[:_SAMPLE])
        self._seen: dict[Reads, frozenset[int]] = {}
        self._chosen: dict[frozenset[str], Sequence[Combination] | None] = {}
        self.base = list(dict.fromkeys([*(self._explored(suite, None) or ()), *self.covering]))

    def of_any(self, all_reads: Iterable[Reads]) -> list[Combination]:
        """Return the combinations that any check has to see."""
        return list(dict.fromkeys(one for reads in all_reads for one in self.of(reads)))

    def of(self, reads: Reads) -> Sequence[Combination]:
        """Return the combinations that a check which reads this has to see."""
        return self._explored(reads, MOST) or self.base

    def sees(self, reads: Reads, combination: Combination) -> bool:
        """Tell whether a check that reads this has to see a combination."""
        if reads not in self._seen:
            self._seen[reads] = frozenset(map(id, self.of(reads)))
        return id(combination) in self._seen[reads]

    def _explored(self, reads: Reads, most: int | None) -> Sequence[Combination] | None:
        """Render what is chosen, which may show that it reads more, until it does not."""
        chosen: Sequence[Combination] | None = self.covering
        known: frozenset[str] | None = None
        while chosen is not None:
            for combination in chosen:
                self._renderer.tree(combination)
            names = self._found.resolved(self._renderer.names(reads))
            if names == known:
                break
            known = names
            if names not in self._chosen:
                self._chosen[names] = self._representatives(names, most)
            chosen = self._chosen[names]
        return chosen

    def _representatives(self, names: Iterable[str], most: int | None) -> Sequence[Combination] | None:
        """Return one combination for each set of these answers; None if there are more than `most`."""
        ordered = sorted(names)
        chosen: dict[tuple[object, ...], Combination] = {}
        for combination in self._mixed:
            chosen.setdefault(tuple(map(combination.mark, ordered)), combination)
            if most is not None and len(chosen) > most:
                return None
        return list(chosen.values())
