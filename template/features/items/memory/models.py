"""What is kept of an item."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID


@dataclass(slots=True)
class Item:
    """An item that is kept."""

    id: UUID
    name: str
    description: str | None
    price: Decimal
    tags: list[str]
    created_at: datetime
    updated_at: datetime
