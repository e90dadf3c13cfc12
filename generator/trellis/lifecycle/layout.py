"""Fits what the template renders to what the user moved and deleted, before both are compared."""

from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher

from trellis.lifecycle.merge import DeletedFolders
from trellis.lifecycle.modules import Modules, module_of, sorted_imports
from trellis.lifecycle.moves import Moves, find_moves
from trellis.lifecycle.pruning import without_modules
from trellis.lifecycle.rendered import Files, Rendering


@dataclass(frozen=True)
class Arrangement:
    """The template's old and new files, fitted to the user's service.

    Args:
        old: what it rendered last.
        new: what it renders now.
        moves: where the user moved its files.
        deleted: the folders that the user deleted.

    """

    old: Rendering
    new: Rendering
    moves: Moves
    deleted: DeletedFolders


def arrange(old: Rendering, mine: Files, new: Rendering) -> Arrangement:
    """Move the template's files and imports as the user did, and leave out what the user deleted.

    Args:
        old: what the template rendered last.
        mine: the service's files.
        new: what the template renders now.

    """
    moves = find_moves(old.files, mine)
    deleted = DeletedFolders({moves.place(path): data for path, data in old.files.items()}, mine)
    arranger = _Arranger(moves, old, mine, new, deleted)
    return Arrangement(arranger.arrange(old), arranger.arrange(new), moves, deleted)


class _Arranger:
    def __init__(
        self, moves: Moves, old: Rendering, mine: Files, new: Rendering, deleted: DeletedFolders
    ) -> None:
        self._moves, self._old, self._mine = moves, old, mine
        self._known: dict[tuple[str, bytes], list[bytes]] = {}
        paths = old.files.keys() | new.files.keys()
        self._modules = Modules.of(moves.place, paths, mine)
        self._gone = {
            module_of(path)
            for path in paths
            if path.endswith(".py") and moves.place(path) in deleted and moves.place(path) not in mine
        }

    def arrange(self, rendering: Rendering) -> Rendering:
        place = self._moves.place
        return Rendering(
            {place(path): self._adapted(path, data) for path, data in rendering.files.items()},
            frozenset(map(place, rendering.executable)),
            frozenset(map(place, rendering.kept)),
        )

    def _adapted(self, path: str, data: bytes) -> bytes:
        """Return a file in the form closest to the user's version, or in the form for new files."""
        forms = self._forms(path, data)
        old, mine = self._old.files.get(path), self._mine.get(self._moves.place(path))
        if len({*forms}) == 1 or old is None or mine is None:
            return forms[-1]
        distances = [_distance(form, mine) for form in self._forms(path, old)]
        return min(zip(distances, reversed(range(len(forms))), forms, strict=True))[2]

    def _forms(self, path: str, data: bytes) -> list[bytes]:
        """Return a file as it is, and adapted in several ways; the last is the one for new files."""
        key = path, data
        if key not in self._known:
            self._known[key] = list(self._adaptations(path, data))
        return self._known[key]

    def _adaptations(self, path: str, data: bytes) -> Iterator[bytes]:
        yield data
        if path.endswith(".py") and (self._gone or self._modules.names):
            pruned = without_modules(path, data, self._gone)
            yield pruned
            place = self._moves.place(path)
            yield self._modules.translate(path, data, place)
            renamed = self._modules.translate(path, pruned, place)
            yield renamed
            yield sorted_imports(renamed) if renamed != pruned else renamed


def _distance(one: bytes, other: bytes) -> int:
    """Return how many lines differ."""
    compared = SequenceMatcher(None, one.splitlines(), other.splitlines(), autojunk=False)
    changes = [change for change in compared.get_opcodes() if change[0] != "equal"]
    return sum(end - start + other_end - other_start for _, start, end, other_start, other_end in changes)
