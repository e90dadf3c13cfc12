"""The migrations of all combinations: each revision has one content, whatever the answers."""

import ast
from collections import defaultdict

import pytest

from trellis.lifecycle.migrations import FOLDER, read_migrations
from trellis.rendering.enumeration import find_combinations
from trellis.rendering.renderer import Renderer
from trellis.rendering.source import Source

OPERATIONS = {
    "add_column",
    "batch_alter_table",
    "create_foreign_key",
    "create_index",
    "create_table",
    "drop_column",
    "drop_index",
    "drop_table",
    "f",
    "get_bind",
    "get_context",
}
LOOPS = (ast.For, ast.While, ast.comprehension, ast.JoinedStr, ast.Lambda)
OTHERS = {
    "license": "MIT",
    "python_version": "3.11",
    "tasks": "none",
    "static_files": "no",
    "websockets": "none",
    "server": "uvicorn",
    "deployment": "none",
    "ci": "none",
}
"""The answers of the features that make no tables."""
LONGEST_REVISION = 32


@pytest.fixture(scope="module")
def migrations(source: Source) -> dict[str, set[bytes]]:
    """Return what each file of a migration holds in any combination."""
    renderer = Renderer(source)
    found = defaultdict(set)
    for combination in find_combinations(source, OTHERS).valid:
        for path, file in renderer.tree(combination).files.items():
            if path.startswith(FOLDER):
                found[path].add(file.data)
    return found


def test_migration_is_the_same_in_every_combination(migrations: dict[str, set[bytes]]) -> None:
    assert [path for path, contents in migrations.items() if len(contents) > 1] == []


def test_revision_stands_for_one_content(migrations: dict[str, set[bytes]]) -> None:
    read = read_migrations({path: data for path, [data] in migrations.items()})
    assert len(read) == len(migrations) > 1
    for revision, migration in read.items():
        assert migration.path.startswith(f"{FOLDER}{revision}_")
        assert len(revision) <= LONGEST_REVISION
        assert set(migration.parents) <= set(read)


def test_migration_can_be_read_without_being_run(migrations: dict[str, set[bytes]]) -> None:
    for path, [data] in migrations.items():
        nodes = list(ast.walk(ast.parse(data)))
        assert not [node for node in nodes if isinstance(node, LOOPS)], path
        calls = [node.func for node in nodes if isinstance(node, ast.Call)]
        used = {
            call.attr
            for call in calls
            if isinstance(call, ast.Attribute)
            and isinstance(call.value, ast.Name)
            and call.value.id in {"op", "batch"}
        }
        assert used <= OPERATIONS, path
