"""Let items belong to users.

Revision ID: 0002
Revises: 0001
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def has_items() -> bool:
    """Tell whether the items are there: an example that may be deleted, with its table."""
    return op.get_context().as_sql or sa.inspect(op.get_bind()).has_table("items")


def upgrade() -> None:
    # Items from before belong to nobody: admins alone see them.
    if has_items():
        op.add_column("items", sa.Column("owner_id", sa.Uuid()))
        op.create_index(op.f("ix_items_owner_id"), "items", ["owner_id"])


def downgrade() -> None:
    if has_items():
        op.drop_index(op.f("ix_items_owner_id"), "items")
        op.drop_column("items", "owner_id")
