"""Let items belong to users.

Revision ID: 0002_oidc
Revises: 0001
"""

import sqlalchemy as sa
from alembic import op

revision = "0002_oidc"
down_revision = "0001"
branch_labels = None
depends_on = None


def has_table(name: str) -> bool:
    """Return whether a table exists. The example and its table may have been deleted."""
    return op.get_context().as_sql or sa.inspect(op.get_bind()).has_table(name)


def upgrade() -> None:
    # Existing items have no owner, so only admins see them.
    if has_table("items"):
        op.add_column("items", sa.Column("owner_id", sa.Uuid(), nullable=True))
        op.create_index(op.f("ix_items_owner_id"), "items", ["owner_id"])


def downgrade() -> None:
    if has_table("items"):
        op.drop_index(op.f("ix_items_owner_id"), "items")
        op.drop_column("items", "owner_id")
