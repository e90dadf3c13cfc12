"""Create the users, and let items belong to them.

Revision ID: 0002_{{ auth }}
Revises: 0001
"""

import sqlalchemy as sa
from alembic import op

revision = "0002_{{ auth }}"
down_revision = "0001"
branch_labels = None
depends_on = None


def has_table(name: str) -> bool:
    """Return whether a table exists. The example and its table may have been deleted."""
    return op.get_context().as_sql or sa.inspect(op.get_bind()).has_table(name)


def upgrade() -> None:
    op.create_table(
        "users",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("email", sa.String(254), nullable=False),
        # {% if passwords %}
        sa.Column("password_hash", sa.String(255), nullable=False),
        # {% endif %}
        sa.Column("role", sa.String(5), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("role IN ('user', 'admin')", name=op.f("ck_users_role_is_known")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_users")),
        sa.UniqueConstraint("email", name=op.f("uq_users_email")),
    )
    op.create_index(op.f("ix_users_created_at_id"), "users", ["created_at", "id"])
    # {% if passwords %}
    op.create_table(
        "attempts",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("key", sa.String(64), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("failed", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attempts")),
    )
    op.create_index(op.f("ix_attempts_key_made_at"), "attempts", ["key", "made_at"])
    op.create_index(op.f("ix_attempts_made_at"), "attempts", ["made_at"])
    # {% endif %}
    # Existing items have no owner, so only admins see them.
    if has_table("items"):
        with op.batch_alter_table("items") as batch:
            batch.add_column(sa.Column("owner_id", sa.Uuid(), nullable=True))
            batch.create_foreign_key(
                op.f("fk_items_owner_id_users"), "users", ["owner_id"], ["id"], ondelete="CASCADE"
            )
            batch.create_index(op.f("ix_items_owner_id"), ["owner_id"])


def downgrade() -> None:
    if has_table("items"):
        with op.batch_alter_table("items") as batch:
            batch.drop_index(op.f("ix_items_owner_id"))
            batch.drop_column("owner_id")
    # {% if passwords %}
    op.drop_table("attempts")
    # {% endif %}
    op.drop_table("users")
