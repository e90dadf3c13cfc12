"""The steps between combinations, and what they and a user's edits both change."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from trellis.answers import spelled
from trellis.proof.steps.execution import Versions
from trellis.rendering.combinations import Combination
from trellis.rendering.tree import File


@dataclass(frozen=True)
class Transition:
    """A step from one combination to another."""

    before: Combination
    after: Combination

    @property
    def changes(self) -> dict[str, object]:
        """The answers that the user gives."""
        known = self.before.choices
        return {name: value for name, value in self.after.choices.items() if known.get(name) != value}

    @property
    def change(self) -> object:
        """The changed answers, old and new, and the questions that no longer apply."""
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


@dataclass(frozen=True)
class Meeting:
    """The files that both a step and the edits of a user change.

    Args:
        files: the files, by their paths.
        wanted: the new service after the same edits.

    """

    files: Mapping[str, Versions]
    wanted: Mapping[str, File]

    def problem(self, merged: Mapping[tuple[str, str, str], File | str]) -> str | None:
        """Return what is wrong with the result, if anything."""
        for path, file in self.files.items():
            found = merged[file.id]
            if isinstance(found, str):
                return f"conflict in {path}:\n{found}"
            if found != self.wanted.get(path):
                return f"{path} is not the new file with the same edits:\n{found.data.decode()}"
        return None
