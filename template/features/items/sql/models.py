"""The stored item."""

from datetime import datetime
from decimal import Decimal
from uuid import UUID, uuid4

# {% if database == 'postgresql' %}
# {% if users %}
from sqlalchemy import CheckConstraint, ColumnElement, ForeignKey, Index, String, type_coerce
# {% else %}
from sqlalchemy import CheckConstraint, ColumnElement, Index, String, type_coerce
# {% endif %}
from sqlalchemy.dialects.postgresql import JSONB
# {% else %}
# {% if users %}
from sqlalchemy import CheckConstraint, ColumnElement, ForeignKey, Index, String, and_, func, select
# {% else %}
from sqlalchemy import CheckConstraint, ColumnElement, Index, String, and_, func, select
# {% endif %}
# {% endif %}
from sqlalchemy.orm import Mapped, mapped_column

from app.database.base import Base


class Item(Base):
    """An item in the database."""

    __tablename__ = "items"
    __table_args__ = (
        CheckConstraint("price >= 0", name="price_not_negative"),
        Index(None, "created_at", "id"),
        # {% if database == 'postgresql' %}
        Index(None, "tags", postgresql_using="gin"),
        # {% endif %}
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    name: Mapped[str] = mapped_column(String(100))
    description: Mapped[str | None] = mapped_column(String(1000))
    price: Mapped[Decimal]
    tags: Mapped[list[str]]
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    # {% if users %}
    owner_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("users.id", ondelete="CASCADE"), index=True
    )
    # {% elif auth == 'oidc' %}
    owner_id: Mapped[UUID | None] = mapped_column(index=True)
# {% endif %}


def has_tags(tags: list[str]) -> ColumnElement[bool]:
    """Return the condition that an item has all these tags."""
    # {% if database == 'sqlite' %}
    own = func.json_each(Item.tags).table_valued("value")
    return and_(*(select(own.c.value).where(own.c.value == tag).exists() for tag in tags))
    # {% else %}
    return type_coerce(Item.tags, JSONB).contains(tags)
# {% endif %}
