"""Gives a service the names of the template's newer version, before its changes are merged."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

from trellis.lifecycle.modules import Modules, module_of, sorted_imports
from trellis.lifecycle.moves import Moves, find_moves
from trellis.lifecycle.renames import find_renames, without_collisions
from trellis.lifecycle.rendered import Files, Rendering

Paths = Mapping[str, str]
"""New paths by the old ones."""


@dataclass(frozen=True)
class Carried:
    """A service with the names of the template's newer version.

    Args:
        old: what the template rendered last, with these names.
        mine: the service's files, with these names.
        files: the files of the service that were renamed.
        folders: the packages of the service that were renamed as a whole.
        moves: where the user had moved the template's files; None if nothing was renamed.

    """

    old: Rendering
    mine: Files
    files: Paths = field(default_factory=dict)
    folders: Paths = field(default_factory=dict)
    moves: Moves | None = None

    @property
    def pairs(self) -> list[tuple[str, str]]:
        """The old and the new path of each package that was renamed, and of each other file."""
        folders = {
            path: target
            for path, target in self.folders.items()
            if any(file.startswith(f"{path}/") for file in self.files)
        }
        return Moves(self.files, folders).pairs


def carry(old: Rendering, mine: Files, new: Rendering) -> Carried:
    """Rename what the template renamed, in its old files and in the service's.

    Args:
        old: what the template rendered last.
        mine: the service's files.
        new: what the newer version renders.

    """
    renames = find_renames(old.files, new.files)
    if not renames.files:
        return Carried(old, mine)
    moves = find_moves(old.files, mine)
    plan = _Plan(renames, moves, old.files, mine, new.files)
    template, service = plan.template, plan.service
    found = template.files(old.files, {path: mine[at] for path, at in plan.places.items() if at in mine})
    executable, kept = (frozenset(map(template.place, paths)) for paths in (old.executable, old.kept))
    rendering = Rendering(found, executable, kept)
    return Carried(rendering, service.files(mine), service.paths, plan.folders, moves)


@dataclass(frozen=True)
class _Renaming:
    """New names of files, and of the modules that they import."""

    paths: Paths
    modules: Modules

    def place(self, path: str) -> str:
        """Return the new path of a file."""
        return self.paths.get(path, path)

    def files(self, files: Files, others: Files | None = None) -> Files:
        """Return files with the new names; sorted imports stay sorted, unless they are not in `others`."""
        known = {**files, **(others or {})}
        adapted = {path: self._adapted(path, data, known[path]) for path, data in files.items()}
        return {self.place(path): data for path, data in adapted.items()}

    def _adapted(self, path: str, data: bytes, other: bytes) -> bytes:
        renamed = self.modules.translate(path, data, self.place(path))
        if renamed == data or any(sorted_imports(one) != one for one in (data, other)):
            return renamed
        return sorted_imports(renamed)


class _Plan:
    """The new names in the template's old files and in the service.

    Args:
        renames: what the template renamed.
        moves: where the user moved the template's files.
        old: what the template rendered last.
        mine: the service's files.
        new: what the newer version renders.

    """

    def __init__(self, renames: Moves, moves: Moves, old: Files, mine: Files, new: Files) -> None:
        self._renames, self._moves = renames, moves
        self._mine, self._new = mine, new
        self.places = {path: moves.place(path) for path in old}

    @cached_property
    def folders(self) -> Paths:
        """The packages that were renamed as a whole, and that the user did not move."""
        return {path: new for path, new in self._renames.folders.items() if self._moves.place(path) == path}

    @cached_property
    def template(self) -> _Renaming:
        """The new names in the template's old files."""
        blocked = self._wanted.keys() - self._free.keys()
        paths = {path: new for path, new in self._renames.files.items() if self.places[path] not in blocked}
        return _Renaming(paths, Modules.of(lambda path: paths[path], paths, self._new))

    @cached_property
    def service(self) -> _Renaming:
        """The new names in the service."""
        paths = {path: target for path, target in self._free.items() if path in self._mine}
        paths |= without_collisions(self._beside, {*self._mine, *self._new, *paths.values()})
        by_template = {path: new for path, new in self.template.paths.items() if self.places[path] in paths}
        known = {**by_template, **paths}
        names = Modules.of(lambda path: known[path], known, {**self._new, **self._mine}).names
        staying = {module_of(path) for path in self._mine.keys() - paths.keys() if path.endswith(".py")}
        kept = {name: name for name in staying if Modules(names).renamed(name) != name}
        return _Renaming(paths, Modules({**names, **kept}))

    @cached_property
    def _wanted(self) -> Paths:
        """Where files of the service should be; without those that the user moved, unless with a folder."""
        folders = Moves(folders=self._moves.folders)
        found = {}
        for path, target in self._renames.files.items():
            place, along = self.places[path], folders.place(target)
            if place == path or (place == folders.place(path) and along != target):
                found[place] = along
        return found

    @cached_property
    def _free(self) -> Paths:
        return without_collisions(self._wanted, self._mine)

    @cached_property
    def _beside(self) -> Paths:
        """Where the user's own files in a renamed package should be: along with it."""
        folders = Moves(folders=self.folders)
        own = self._mine.keys() - set(self.places.values())
        return {path: target for path in own if (target := folders.place(path)) != path}
