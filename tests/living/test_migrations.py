"""The chain of migrations stays whole when a step adds or removes some of them."""

from pathlib import Path

import pytest

from trellis.living.migrations import FOLDER, read_migrations, relink, without_parent

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


@pytest.mark.parametrize(
    ("before", "after", "linked"),
    [
        ({"1": None}, {"1": None, "2": "1"}, {"1": None, "2": "1"}),
        ({"1": None, "my": "1"}, {"1": None, "my": "1", "2": "1"}, {"1": None, "my": "1", "2": "my"}),
        (
            {"1": None, "my": "1", "own": "my"},
            {"1": None, "my": "1", "own": "my", "2": "1", "3": "2"},
            {"1": None, "my": "1", "own": "my", "2": "own", "3": "2"},
        ),
        ({"1": None, "2": "1", "my": "2"}, {"1": None, "my": "2"}, {"1": None, "my": "1"}),
        ({"1": None, "my": "1", "2": "my"}, {"1": None, "my": "1"}, {"1": None, "my": "1"}),
        ({"1": None, "2": "1", "3": "2", "my": "3"}, {"1": None, "my": "3"}, {"1": None, "my": "1"}),
        ({"1": None, "my": "1"}, {"my": "1"}, {"my": None}),
        ({}, {"1": None, "2": "1"}, {"1": None, "2": "1"}),
    ],
)
def test_new_migrations_come_after_the_users_and_no_parent_is_missing(
    tmp_path: Path, before: Chain, after: Chain, linked: Chain
) -> None:
    (tmp_path / FOLDER).mkdir(parents=True)
    for path, data in files(after).items():
        (tmp_path / path).write_bytes(data)
    relink(tmp_path, files(before))
    found = {path.relative_to(tmp_path).as_posix(): path.read_bytes() for path in tmp_path.rglob("*.py")}
    assert found == files(linked)


def test_parent_alone_makes_no_line_of_the_users() -> None:
    assert without_parent(migration("2", "1")) == without_parent(migration("2", "my"))
    assert without_parent(migration("2", "1")) != without_parent(migration("3", "1"))


@pytest.mark.parametrize(
    "text", [b"<<<<<<< mine", b"", b"revision = 1 + 1", b'revision = "1"\ndown_revision = ("2", "3")']
)
def test_what_is_no_link_of_the_chain_is_left_alone(tmp_path: Path, text: bytes) -> None:
    path = tmp_path / FOLDER / "odd.py"
    path.parent.mkdir(parents=True)
    path.write_bytes(text)
    assert read_migrations({f"{FOLDER}odd.py": text}) == {}
    relink(tmp_path, {})
    assert path.read_bytes() == text
