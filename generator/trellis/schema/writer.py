"""Writes a migration file in the form of the template's own."""

import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from trellis.schema.code import imported
from trellis.schema.difference import lost_data
from trellis.schema.model import Schema
from trellis.schema.statements import statements

_TEXT = '''"""{title}.
{note}
Revision ID: {revision}
Revises: {parent}
"""

{imports}

revision = "{revision}"
down_revision = "{parent}"
branch_labels = None
depends_on = None


def upgrade() -> None:
{upgrade}


def downgrade() -> None:
{downgrade}
'''
_IMPORTS = {"op": "from alembic import op", "sa": "import sqlalchemy as sa"}
_DIGEST = 8


@dataclass(frozen=True)
class Head:
    """The head of a migration.

    Args:
        title: its description.
        number: the number that its revision begins with.
        parent: the revision that it follows.

    """

    title: str
    number: str
    parent: str


@dataclass(frozen=True)
class Written:
    """A migration that was written.

    Args:
        name: its file's name.
        text: the content of the file.
        lost: descriptions of the data that it deletes.

    """

    name: str
    text: str
    lost: Sequence[str]


def write_migration(head: Head, before: Schema, after: Schema, imports: Mapping[str, str]) -> Written:
    """Write the migration that turns one schema into another, and back.

    Args:
        head: its description and its place in the chain.
        before: the schema before it.
        after: the schema after it.
        imports: the imports of the names in the schemas.

    Raises:
        BadInputError: a column cannot be added to a table with rows.

    """
    lost = lost_data(before, after)
    parts = {
        "title": head.title,
        "note": _note(lost),
        "parent": head.parent,
        "upgrade": "\n".join(statements(before, after)),
        "downgrade": "\n".join(statements(after, before)),
    }
    used = set(re.findall(r"\w+", parts["upgrade"] + parts["downgrade"]))
    parts["imports"] = imported({**imports, **_IMPORTS}[name] for name in used & {*imports, *_IMPORTS})
    text = _TEXT.format(revision=head.number, **parts)
    revision = f"{head.number}_{_digest(text)}"
    words = re.sub(r"\W+", "_", head.title).strip("_").lower()
    return Written(f"{head.number}_{words}.py", _with_revision(text, head.number, revision), lost)


def is_unchanged(data: bytes) -> bool:
    """Tell whether a file is a migration that Trellis wrote and nobody changed."""
    text = data.decode(errors="replace").replace("\r\n", "\n")
    found = re.search(rf'^revision = "((\w+)_([0-9a-f]{{{_DIGEST}}}))"$', text, re.MULTILINE)
    return bool(found) and _digest(_with_revision(text, found[1], found[2])) == found[3]


def _with_revision(text: str, old: str, new: str) -> str:
    for line in ("Revision ID: {}\n", 'revision = "{}"\n'):
        text = text.replace(line.format(old), line.format(new), 1)
    return text


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:_DIGEST]


def _note(lost: Iterable[str]) -> str:
    """Return lines about the data that goes; none if none does."""
    listed = list(lost)
    if not listed:
        return ""
    several = f"{', '.join(listed[:-1])} and {listed[-1]}" if listed[1:] else listed[0]
    return f"\nDeletes {several}; a downgrade restores the schema, not the data.\n"
