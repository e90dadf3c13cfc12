"""The chain of migrations is read from their files."""

import pytest

from trellis.lifecycle.migrations import FOLDER, find_heads, linked, read_migrations, without_parent

Chain = dict[str, str | None]
"""Revisions, each with the one that it follows."""


def migration(revision: str, parent: str | None) -> bytes:
    quoted = f'"{parent}"' if parent else "None"
    return f'''"""Make something.

Revision ID: {revision}
Revises:{f" {parent}" if parent else ""}
"""

revision = "{revision}"
down_revision = {quoted}
'''.encode()


def files(chain: Chain) -> dict[str, bytes]:
    return {f"{FOLDER}{name}_something.py": migration(name, parent) for name, parent in chain.items()}


def test_each_migration_comes_after_the_one_that_it_follows() -> None:
    found = read_migrations(files({"2": "1", "1": "9", "9": None, "0": "2"}))
    assert list(found) == ["9", "1", "2", "0"]
    assert find_heads(found.values()) == ["0"]


def test_revision_that_nothing_follows_is_a_head() -> None:
    found = read_migrations(files({"1": None, "2": "1", "3": "1"}))
    assert find_heads(found.values()) == ["2", "3"]


@pytest.mark.parametrize(
    "line",
    [
        'down_revision = ("2", "3")',
        'down_revision: str | tuple[str, ...] | None = ("2", "3")',
        'down_revision: Union[str, Sequence[str], None] = [\n    "2",\n    "3",\n]',
    ],
)
def test_merge_follows_several(line: str) -> None:
    merge = {f"{FOLDER}merge.py": f'revision: str = "4"\n{line}\n'.encode()}
    found = read_migrations({**files({"1": None, "2": "1", "3": "1"}), **merge})
    assert found["4"].parents == ("2", "3")
    assert find_heads(found.values()) == ["4"]


@pytest.mark.parametrize("newline", [b"\n", b"\r\n"])
@pytest.mark.parametrize(("before", "after"), [("1", "my"), (None, "my"), ("1", None)])
def test_copy_follows_another_one(newline: bytes, before: str | None, after: str | None) -> None:
    data = migration("2", before).replace(b"\n", newline)
    assert linked(data, after) == migration("2", after).replace(b"\n", newline)


def test_parent_alone_makes_no_line_of_the_users() -> None:
    assert without_parent(migration("2", "1")) == without_parent(migration("2", "my"))
    assert without_parent(migration("2", "1")) != without_parent(migration("3", "1"))


@pytest.mark.parametrize("text", [b"<<<<<<< mine", b"", b"revision = 1 + 1", b'down_revision = ("2", "3")'])
def test_file_without_a_revision_is_no_migration(text: bytes) -> None:
    assert read_migrations({f"{FOLDER}odd.py": text}) == {}
