"""The chain of the database's migrations, kept whole when a step adds or removes some of them.

A migration that a step adds comes after those that the user wrote since, for databases have these already;
one that followed a removed migration follows what that one followed.
"""

import ast
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

FOLDER = "migrations/versions/"
_PARENT = re.compile(rb"^(down_revision\b[^=\n]*=[ ]*)(.*)$", re.MULTILINE)
_REVISES = re.compile(rb"^(Revises:)[ ]*(.*)$", re.MULTILINE)


@dataclass(frozen=True)
class Migration:
    """A migration: its file, its revision, and the one that it follows, if any."""

    path: str
    revision: str
    parent: str | None


def read_migrations(files: Mapping[str, bytes]) -> dict[str, Migration]:
    """Return the migrations among a service's files by revision, but for those with several parents."""
    found = {}
    for path, data in files.items():
        if path.startswith(FOLDER) and path.endswith(".py"):
            names = _assignments(data)
            revision, parent = names.get("revision"), names.get("down_revision")
            if isinstance(revision, str) and (parent is None or isinstance(parent, str)):
                found[revision] = Migration(path, revision, parent)
    return found


def relink(folder: Path, before: Mapping[str, bytes]) -> None:
    """Make one chain of the migrations in a folder.

    Args:
        folder: the service after the step.
        before: its files before it.

    """
    known = read_migrations(before)
    paths = folder.glob(f"{FOLDER}*.py")
    chain = read_migrations({path.relative_to(folder).as_posix(): path.read_bytes() for path in paths})
    for migration in chain.values():
        parent = _right_parent(migration, chain, known)
        if parent != migration.parent:
            path = folder / migration.path
            path.write_bytes(_with_parent(path.read_bytes(), parent))


def without_parent(data: bytes) -> bytes:
    """Return a migration's text without what it follows, which a step may have changed."""
    return _REVISES.sub(rb"\1", _PARENT.sub(rb"\1", data))


def _right_parent(
    migration: Migration, chain: Mapping[str, Migration], known: Mapping[str, Migration]
) -> str | None:
    parent = migration.parent
    while parent is not None and parent not in chain and parent in known:
        parent = known[parent].parent
    if migration.revision not in known:
        while followers := [m for m in chain.values() if m.parent == parent and m.revision in known]:
            parent = followers[0].revision
    return parent


def _with_parent(data: bytes, parent: str | None) -> bytes:
    quoted = f'"{parent}"' if parent else "None"
    data = _PARENT.sub(rb"\g<1>" + quoted.encode(), data, count=1)
    return _REVISES.sub(rb"\g<1>" + (f" {parent}" if parent else "").encode(), data, count=1)


def _assignments(data: bytes) -> dict[str, object]:
    try:
        body = ast.parse(data).body
    except (SyntaxError, ValueError):
        return {}
    found: dict[str, object] = {}
    for node in body:
        target = node.targets[0] if isinstance(node, ast.Assign) else getattr(node, "target", None)
        value = getattr(node, "value", None)
        if isinstance(target, ast.Name) and isinstance(value, ast.Constant):
            found[target.id] = value.value
        elif isinstance(target, ast.Name) and value is not None:
            found[target.id] = value
    return found
