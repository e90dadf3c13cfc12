"""What a user adds to a service with an SQL database: a table, and a column with a check and indexes."""

from trellis.lifecycle.migrations import FOLDER, find_heads, read_migrations
from trellis.proof.steps.edits import EDITS, EditError, edited
from trellis.rendering.tree import File, TreeFiles

ITEMS = "app/items/models.py"
USERS = "app/users/models.py"
OWN_MIGRATION = f"{FOLDER}5a1c0ffee010_create_notes.py"

_MODELS = '''"""Notes about items."""

from uuid import UUID

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from app.database.base import Base
from app.items.models import Item


class Note(Base):
    """A note about an item."""

    __tablename__ = "notes"

    id: Mapped[int] = mapped_column(primary_key=True)
    text: Mapped[str] = mapped_column(String(200))
    item_id: Mapped[UUID] = mapped_column(ForeignKey("items.id", ondelete="CASCADE"), index=True)
{author}

in_stock = Item.stock > 0
Index("ix_items_in_stock", Item.name, sqlite_where=in_stock, postgresql_where=in_stock)
'''
_AUTHOR = '    author_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))\n'
_MIGRATION = '''"""Create the notes, and count the items.

Revision ID: 5a1c0ffee010
Revises: {parent}
"""

import sqlalchemy as sa
from alembic import op

revision = "5a1c0ffee010"
down_revision = "{parent}"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "notes",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("text", sa.String(200), nullable=False),
        sa.Column("item_id", sa.Uuid(), nullable=False),
{author}        sa.ForeignKeyConstraint(
            ["item_id"], ["items.id"], name=op.f("fk_notes_item_id_items"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notes")),
    )
    op.create_index(op.f("ix_notes_item_id"), "notes", ["item_id"])
    with op.batch_alter_table("items") as batch_op:
        batch_op.add_column(sa.Column("stock", sa.Integer(), nullable=True))
        batch_op.create_check_constraint(op.f("ck_items_stock_not_negative"), "stock >= 0")
        batch_op.create_index(op.f("ix_items_stock"), ["stock"], unique=False)
    op.create_index(
        "ix_items_in_stock",
        "items",
        ["name"],
        sqlite_where=sa.text("stock > 0"),
        postgresql_where=sa.text("stock > 0"),
    )


def downgrade() -> None:
    op.drop_index("ix_items_in_stock", "items")
    with op.batch_alter_table("items") as batch_op:
        batch_op.drop_index(op.f("ix_items_stock"))
        batch_op.drop_constraint(op.f("ck_items_stock_not_negative"), type_="check")
        batch_op.drop_column("stock")
    op.drop_table("notes")
'''
_MIGRATION_AUTHOR = """        sa.Column("author_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["author_id"], ["users.id"], name=op.f("fk_notes_author_id_users"), ondelete="CASCADE"
        ),
"""
_PLACES = (
    (
        '        Index(None, "created_at", "id"),\n',
        '        CheckConstraint("stock >= 0", name="stock_not_negative"),\n        Index(None, "stock"),\n',
    ),
    ("    price: Mapped[Decimal]", "    stock: Mapped[int | None]\n"),
)


def with_own_data(files: TreeFiles, *, authors: bool) -> TreeFiles:
    """Return a service in which a user keeps notes about items, and counts these.

    Args:
        files: the service.
        authors: whether notes refer to users as well.

    Raises:
        EditError: the template has no place for it.

    """
    found = dict(edited(files, [edit for edit in EDITS if edit.name == "a router with its tests"]))
    [head] = find_heads(read_migrations({path: file.data for path, file in files.items()}).values())
    items = files[ITEMS].data.decode()
    for place, added in _PLACES:
        if place not in items:
            raise EditError(f"{ITEMS} has no place for an edit: it does not say {place!r}")
        items = items.replace(place, added + place, 1)
    texts = {
        ITEMS: items,
        "app/notes/__init__.py": '"""Notes."""\n\nfrom app.notes.models import Note as Note\n',
        "app/notes/models.py": _MODELS.format(author=_AUTHOR if authors else ""),
        OWN_MIGRATION: _MIGRATION.format(parent=head, author=_MIGRATION_AUTHOR if authors else ""),
    }
    return found | {path: File.of(text.encode()) for path, text in texts.items()}
