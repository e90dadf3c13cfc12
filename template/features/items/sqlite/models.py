"""What is kept of an item."""

from datetime import UTC, datetime
from decimal import Decimal
from uuid import UUID, uuid4

from sqlalchemy import JSON, CheckConstraint, ColumnElement, Index, String, and_, func, select
from sqlalchemy.orm import Mapped, mapped_column

from app.database.base import Base
from app.database.types import Money, UTCDateTime


def utc_now() -> datetime:
    return datetime.now(UTC)


class Item(Base):
    """An item that is kept."""

    __tablename__ = "items"
    __table_args__ = (
        CheckConstraint("price >= 0", name="price_not_negative"),
        Index(None, "created_at", "id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    name: Mapped[str] = mapped_column(String(100))
    description: Mapped[str | None] = mapped_column(String(1000))
    price: Mapped[Decimal] = mapped_column(Money)
    tags: Mapped[list[str]] = mapped_column(JSON)
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)
    updated_at: Mapped[datetime] = mapped_column(UTCDateTime)


def has_tags(tags: list[str]) -> ColumnElement[bool]:
    """Return the condition that an item has all the tags."""
    own = func.json_each(Item.tags).table_valued("value")
    return and_(*(select(own.c.value).where(own.c.value == tag).exists() for tag in tags))
