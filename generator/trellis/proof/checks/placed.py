"""The files of a tree, each with all that Ruff's verdict on it depends on: so few trees show every file."""

import functools
import re
from collections.abc import Hashable
from itertools import chain
from pathlib import PurePosixPath

from trellis.proof.cases import Case
from trellis.rendering.reads import PROJECT
from trellis.rendering.tree import File

_SETTINGS = {PROJECT, "ruff.toml", ".ruff.toml"}
_SOURCES = ("", "src/")
_IMPORT = re.compile(rb"^[ \t]*(?:from[ \t]+([\w.]+)[ \t]+)?import[ \t]+(.+)$", re.MULTILINE)


def placed_files(case: Case) -> frozenset[Hashable]:
    """Return each file with the settings, the packages around it, and the tree's modules that it imports.

    Ruff looks at one file at a time. Of the others it only asks whether they exist, to tell packages from
    plain folders, and the service's own modules from libraries.
    """
    files = case.files
    settings = tuple(file.id for name, file in files.items() if PurePosixPath(name).name in _SETTINGS)
    modules = frozenset(chain.from_iterable(map(_modules, files)))
    return frozenset(
        (name, file.id, settings, _packages(name, modules), frozenset(modules & _imports(file)))
        for name, file in files.items()
    )


@functools.cache
def _modules(name: str) -> tuple[str, ...]:
    """Return a path without its suffix, and the folders that it is in."""
    return name.rpartition(".")[0], *_folders(name)


@functools.cache
def _folders(name: str) -> tuple[str, ...]:
    return tuple(parent.as_posix() for parent in PurePosixPath(name).parents)


def _packages(name: str, modules: frozenset[str]) -> tuple[str, ...]:
    return tuple(folder for folder in _folders(name) if f"{folder}/__init__" in modules)


@functools.cache
def _imports(file: File) -> frozenset[str]:
    """Return where the modules may be that a file imports, and the packages that these are in."""
    found = set()
    for source, names in _IMPORT.findall(file.data):
        for name in re.findall(rb"[\w.]+", names):
            path = PurePosixPath(b".".join(filter(None, [source, name])).decode().replace(".", "/"))
            found |= {path.as_posix(), *(parent.as_posix() for parent in path.parents)}
    return frozenset(source + path for source in _SOURCES for path in found if path != ".")
