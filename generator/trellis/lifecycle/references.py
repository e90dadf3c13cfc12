"""Refuses a step that drops tables or columns which the user's code refers to: the upgrade would fail."""

import ast
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path

from trellis.errors import BadInputError
from trellis.lifecycle.migrations import FOLDER
from trellis.schema.model import Schema

_FOREIGN_KEYS = ("ForeignKey", "ForeignKeyConstraint")


def refuse_references(copy: Path, new: Mapping[str, bytes], before: Schema, after: Schema) -> None:
    """Refuse a step that drops what the user's models or tables refer to.

    Args:
        copy: the service after the step.
        new: what the template renders now.
        before: the service's schema before the step.
        after: the service's schema afterwards.

    Raises:
        BadInputError: names the first reference.

    """
    gone = set(_targets(before)) - set(_targets(after))
    if not gone:
        return
    for reference in (*_in_models(copy, new, gone), *_in_tables(after, gone)):
        raise BadInputError(
            f"{reference}, which would be dropped",
            "first remove that foreign key in a migration of your own",
            code="migration_conflict",
        )


def _targets(schema: Schema) -> Iterator[str]:
    for name, table in schema.items():
        yield from (f"{name}.{column}" for column in table.columns)


def _in_models(copy: Path, new: Mapping[str, bytes], gone: set[str]) -> Iterator[str]:
    for file in sorted(copy.rglob("*.py")):
        path = file.relative_to(copy).as_posix()
        data = file.read_bytes() if file.is_file() else b""
        if path.startswith(FOLDER) or new.get(path) == data or not any(t.encode() in data for t in gone):
            continue
        with suppress(SyntaxError, ValueError):
            for line, target in sorted(_foreign_keys(ast.parse(data))):
                if target in gone:
                    yield f"{path}:{line} refers to {target}"


def _foreign_keys(tree: ast.Module) -> Iterator[tuple[int, str]]:
    for node in ast.walk(tree):
        match node:
            case ast.Call(func=ast.Name(id=name) | ast.Attribute(attr=name)) if name in _FOREIGN_KEYS:
                for inner in ast.walk(node):
                    if isinstance(inner, ast.Constant) and isinstance(inner.value, str):
                        yield inner.lineno, inner.value


def _in_tables(after: Schema, gone: set[str]) -> Iterator[str]:
    for table in after.values():
        for constraint in table.constraints.values():
            for remote in constraint.remote:
                if (target := f"{constraint.referent}.{remote}") in gone:
                    yield f"the table {table.name} ({table.path}) refers to {target}"
