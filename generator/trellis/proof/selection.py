"""Selects the combinations for each check: one for each distinct set of answers that the check depends on.

There are far more combinations than distinct inputs of a check. The answers that an input depends on are
known, because `memo` records what the rendering of its files reads. So one combination stands for all that
agree in these answers; its other answers are random. If a check still has too many inputs (the README
depends on nearly all answers), it gets the combinations of the suites, and a set that covers every pair.
"""

import random
from collections.abc import Hashable, Iterable, Sequence

from trellis.proof.covering import covering_set
from trellis.rendering.combinations import Combination, Combinations
from trellis.rendering.reads import Reads
from trellis.rendering.renderer import Renderer

ALL = 5_000
"""Up to this number of combinations, every check gets all of them."""
MOST = 1_500
"""The most combinations for one check, unless it gets those of the suites."""
_SAMPLE = 20_000


def sample_of(combinations: Sequence[Combination]) -> Sequence[Combination]:
    """Return random combinations, enough to contain every pair of answers."""
    choice = random.Random(0)  # noqa: S311 (not for cryptography)
    return choice.sample(combinations, min(_SAMPLE, len(combinations)))


class Selection:
    """The combinations for each check.

    Args:
        renderer: records what each file reads.
        found: all combinations.
        suite: what the suites read; they get every distinct input.

    """

    def __init__(self, renderer: Renderer, found: Combinations, suite: Reads) -> None:
        self._renderer = renderer
        self._found = found
        self._mixed = random.Random(0).sample(found.valid, len(found.valid))  # noqa: S311 (not for cryptography)
        self.covering = covering_set(self._mixed[:_SAMPLE])
        self._rendered: set[int] = set()
        self._seen: dict[Reads, frozenset[int]] = {}
        self._chosen: dict[frozenset[str], Sequence[Combination] | None] = {}
        self.base = list(dict.fromkeys([*(self._explored(suite, None) or ()), *self.covering]))

    def of_any(self, all_reads: Iterable[Reads]) -> list[Combination]:
        """Return the combinations that some check needs."""
        return list(dict.fromkeys(one for reads in all_reads for one in self.of(reads)))

    def of(self, reads: Reads) -> Sequence[Combination]:
        """Return the combinations that a check with these reads needs."""
        return self._explored(reads, MOST) or self.base

    def sees(self, reads: Reads, combination: Combination) -> bool:
        """Tell whether a check with these reads needs a combination."""
        if reads not in self._seen:
            self._seen[reads] = frozenset(map(id, self.of(reads)))
        return id(combination) in self._seen[reads]

    def _explored(self, reads: Reads, most: int | None) -> Sequence[Combination] | None:
        """Choose and render combinations until rendering shows no further reads."""
        chosen: Sequence[Combination] | None = self.covering
        known: frozenset[str] | None = None
        while chosen is not None:
            self._render(chosen)
            names = self._found.resolved(self._renderer.names(reads))
            if names == known:
                break
            known = names
            if names not in self._chosen:
                self._chosen[names] = self._representatives(names, most)
            chosen = self._chosen[names]
        return chosen

    def _render(self, combinations: Iterable[Combination]) -> None:
        """Let the renderer record what these trees read, once for each."""
        for combination in combinations:
            if id(combination) not in self._rendered:
                self._rendered.add(id(combination))
                self._renderer.tree(combination)

    def _representatives(self, names: Iterable[str], most: int | None) -> Sequence[Combination] | None:
        """Return one combination for each set of these answers; None if there are more than `most`."""
        ordered = sorted(names)
        chosen: dict[tuple[object, ...], Combination] = {}
        pick = self._mixed[0].picker(ordered)
        seen: set[Hashable] = set()
        for combination in self._mixed:
            answers = pick(combination)
            if answers in seen:
                continue
            seen.add(answers)
            chosen.setdefault(tuple(map(combination.mark, ordered)), combination)
            if most is not None and len(chosen) > most:
                return None
        return list(chosen.values())
