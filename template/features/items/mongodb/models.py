"""What is kept of an item."""

from datetime import UTC, datetime

from pymongo import IndexModel

from app.database.connection import INDEXES
from app.items.schemas import ItemRead

COLLECTION = "items"

INDEXES[COLLECTION] = [
    IndexModel([("created_at", 1), ("_id", 1)]),
    IndexModel("tags"),
]


class Item(ItemRead):
    """An item, kept just as clients see it."""


def utc_now() -> datetime:
    """Return the time to the millisecond, as MongoDB keeps it."""
    now = datetime.now(UTC)
    return now.replace(microsecond=now.microsecond // 1000 * 1000)
