"""A model of the tests, with columns of all types."""

import uuid
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from enum import Enum
from typing import Any, Literal

from sqlalchemy import CheckConstraint, ForeignKey, Index, MetaData, false, func
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from app.database.base import NAMES, Base


class OwnBase(DeclarativeBase):
    """Like `Base`, but the service does not know these models unless a test wants it to."""

    metadata = MetaData(naming_convention=NAMES)
    type_annotation_map = Base.type_annotation_map


class Mood(Enum):
    """The mood of a visitor."""

    GOOD = "good"
    BAD = "bad"


class Visit(OwnBase):
    """A model with columns of all types."""

    __tablename__ = "visits"
    __table_args__ = (
        CheckConstraint("spent >= 0", name="spent_not_negative"),
        Index(None, "mood", "came_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[uuid.UUID] = mapped_column(unique=True)
    came_at: Mapped[datetime] = mapped_column(server_default=func.now())
    day: Mapped[date]
    stayed: Mapped[timedelta]
    spent: Mapped[Decimal]
    mood: Mapped[Mood]
    kind: Mapped[Literal["first", "later"]]
    details: Mapped[dict[str, Any] | None]
    tags: Mapped[list[str]]
    photo: Mapped[bytes]
    paid: Mapped[bool] = mapped_column(server_default=false())
    next_id: Mapped[int | None] = mapped_column(ForeignKey("visits.id"))


def values(number: int, **changes: object) -> dict[str, Any]:
    """Return the values of a visit, each of which is easy to lose."""
    return {
        "id": number,
        "key": uuid.UUID(int=number),
        "came_at": datetime(2026, 10, 25, 2, 30, 0, 123456, tzinfo=UTC),
        "day": date(2026, 10, 25),
        "stayed": timedelta(hours=1, microseconds=1),
        "spent": Decimal("9999999999.99"),
        "mood": Mood.GOOD,
        "kind": "first",
        "details": {"é": [1, 2.5, None]},
        "tags": ["a", "b"],
        "photo": b"\0\xff",
        "paid": True,
        "next_id": None,
        **changes,
    }


def kept_values(visit: Visit) -> dict[str, Any]:
    return {name: getattr(visit, name) for name in values(0)}
