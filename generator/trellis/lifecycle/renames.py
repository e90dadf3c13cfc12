"""Finds the files that a newer version of the template renamed."""

from collections import Counter
from collections.abc import Container, Iterable, Mapping
from pathlib import PurePosixPath

from trellis.lifecycle.mentions import Definitions
from trellis.lifecycle.migrations import FOLDER
from trellis.lifecycle.modules import module_of
from trellis.lifecycle.moves import Moves, find_moves
from trellis.lifecycle.rendered import Files
from trellis.lifecycle.service import ANSWERS

_LEAST = 3
"""A module is found by its names if so many of them are in the new one."""


def find_renames(old: Files, new: Files) -> Moves:
    """Find the files that the template renamed between two versions.

    Git finds files that kept half of their lines; modules that changed more are found by the names in them.
    A file that was split has no new name. The folders are the packages that were renamed as a whole.

    Args:
        old: what the template rendered last.
        new: what the newer version renders for the same service.

    """
    old, new = _without_history(old), _without_history(new)
    found = find_moves(old, new)
    packages = {place: target for place, target in found.folders.items() if f"{place}/__init__.py" in old}
    files = {**found.files, **_by_names(old, new, found.files)}
    texts = _Texts(files, old, new)
    sound = {
        path: target
        for path, target in files.items()
        if not texts.is_split(path) and _is_own(path, target, packages)
    }
    return Moves(without_collisions(sound, old), packages)


def without_collisions(renames: Mapping[str, str], files: Container[str]) -> dict[str, str]:
    """Return the renames to paths that no other file gets or keeps."""
    times = Counter(renames.values())
    found = {path: target for path, target in renames.items() if times[target] == 1}
    while blocked := [path for path, target in found.items() if target in files and target not in found]:
        for path in blocked:
            del found[path]
    return found


def _without_history(files: Files) -> Files:
    """Return all files but the migrations, which never change, and the answers."""
    return {path: data for path, data in files.items() if not path.startswith(FOLDER) and path != ANSWERS}


def _is_own(path: str, target: str, packages: Mapping[str, str]) -> bool:
    """Tell whether a file was renamed for itself: an `__init__.py` only goes with its package."""
    place = PurePosixPath(path)
    is_package = place.name == "__init__.py" and module_of(path) != module_of(target)
    return not is_package or str(place.parent) in packages


def _by_names(old: Files, new: Files, found: Mapping[str, str]) -> dict[str, str]:
    """Pair the remaining modules of which most names are in a new one."""
    gone = _names(old, old.keys() - new.keys() - found.keys())
    fresh = _names(new, new.keys() - old.keys() - {*found.values()})
    shared = {(path, target): len(gone[path] & fresh[target]) for path in gone for target in fresh}
    pairs: dict[str, str] = {}
    for path, target in sorted(shared, key=lambda pair: (-shared[pair], pair)):
        enough = shared[path, target] >= _LEAST and 2 * shared[path, target] > len(gone[path])
        if enough and path not in pairs and target not in pairs.values():
            pairs[path] = target
    return pairs


def _names(files: Files, paths: Iterable[str]) -> dict[str, set[str]]:
    """Return the names at the top of each of these modules."""
    modules = {module_of(path): path for path in paths if path.endswith(".py")}
    known = Definitions.of({path: files[path] for path in modules.values()}).names
    return {modules[module]: names for module, names in known.items()}


class _Texts:
    """The lines of renamed files and of the files that may have some of them.

    Args:
        renames: the new paths of files, by the old ones.
        old: the files before.
        new: the files afterwards.

    """

    def __init__(self, renames: Mapping[str, str], old: Files, new: Files) -> None:
        self._renames = renames
        self._old = {path: _lines(old[path]) for path in old}
        self._new = {path: _lines(new[path]) for path in new}
        sources = {target: path for path, target in renames.items()}
        self._added = {
            path: lines - self._old.get(sources.get(path, path), set()) for path, lines in self._new.items()
        }

    def is_split(self, path: str) -> bool:
        """Tell whether a file's lines went to its new path and, at least half as many, to another one."""
        target = self._renames[path]
        kept = self._old[path] & self._new[target]
        rest = self._old[path] - kept
        moved = max((len(rest & added) for place, added in self._added.items() if place != target), default=0)
        return bool(moved) and len(kept) <= 2 * moved


def _lines(data: bytes) -> set[bytes]:
    return {line.strip() for line in data.splitlines()} - {b""}
