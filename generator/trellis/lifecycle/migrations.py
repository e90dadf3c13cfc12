"""Reads the chain of a service's migrations from their files, without executing them."""

import ast
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

FOLDER = "migrations/versions/"
_PARENT = re.compile(rb"^(down_revision\b[^=\n]*=[ ]*)([^\r\n]*)", re.MULTILINE)
_REVISES = re.compile(rb"^(Revises:)[ ]*([^\r\n]*)", re.MULTILINE)


@dataclass(frozen=True)
class Migration:
    """A migration.

    Args:
        path: its file.
        revision: its revision.
        parents: the revisions that it follows; several if it merges branches.
        data: the content of the file.

    """

    path: str
    revision: str
    parents: tuple[str, ...]
    data: bytes

    @property
    def parent(self) -> str | None:
        """The first revision that it follows, if any."""
        return self.parents[0] if self.parents else None


def read_migrations(files: Mapping[str, bytes]) -> dict[str, Migration]:
    """Return the migrations among a service's files by revision, each after those that it follows."""
    found = {}
    for path, data in sorted(files.items()):
        if path.startswith(FOLDER) and path.endswith(".py"):
            names = _assignments(data)
            if isinstance(revision := names.get("revision"), str):
                found[revision] = Migration(path, revision, _texts(names.get("down_revision")), data)
    return {migration.revision: migration for migration in _ordered(found)}


def find_heads(migrations: Iterable[Migration]) -> list[str]:
    """Return the revisions that no other migration follows."""
    chain = list(migrations)
    parents = {parent for migration in chain for parent in migration.parents}
    return [migration.revision for migration in chain if migration.revision not in parents]


def linked(data: bytes, parent: str | None) -> bytes:
    """Return a migration's text so that it follows another one."""
    quoted = f'"{parent}"' if parent else "None"
    told = f" {parent}" if parent else ""
    data = _PARENT.sub(rb"\g<1>" + quoted.encode(), data, count=1)
    return _REVISES.sub(rb"\g<1>" + told.encode(), data, count=1)


def without_parent(data: bytes) -> bytes:
    """Return a migration's text without its parent, which a step may have changed."""
    return _REVISES.sub(rb"\1", _PARENT.sub(rb"\1", data))


def _ordered(migrations: Mapping[str, Migration]) -> list[Migration]:
    found: dict[str, Migration] = {}
    waiting = dict(migrations)
    while waiting:
        ready = [m for m in waiting.values() if not waiting.keys() & set(m.parents)]
        for migration in ready or list(waiting.values()):
            found[migration.revision] = waiting.pop(migration.revision)
    return list(found.values())


def _texts(value: object) -> tuple[str, ...]:
    match value:
        case str():
            return (value,)
        case ast.Tuple(elts=nodes) | ast.List(elts=nodes):
            return tuple(str(node.value) for node in nodes if isinstance(node, ast.Constant))
    return ()


def _assignments(data: bytes) -> dict[str, object]:
    try:
        body = ast.parse(data).body
    except (SyntaxError, ValueError):
        return {}
    found: dict[str, object] = {}
    for node in body:
        target = node.targets[0] if isinstance(node, ast.Assign) else getattr(node, "target", None)
        value = getattr(node, "value", None)
        if isinstance(target, ast.Name) and value is not None:
            found[target.id] = value.value if isinstance(value, ast.Constant) else value
    return found
