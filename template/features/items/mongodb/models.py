"""The stored item."""

from datetime import datetime
from decimal import Decimal
# {% if auth != 'none' %}
from uuid import UUID
# {% endif %}

from pymongo import IndexModel

# {% if users %}
from app.database.documents import INDEXES, OWNED, Record
# {% else %}
from app.database.documents import INDEXES, Record
# {% endif %}


class Item(Record):
    """An item in the database."""

    collection = "items"

    name: str
    description: str | None
    price: Decimal
    tags: list[str]
    created_at: datetime
    updated_at: datetime
    # {% if auth != 'none' %}
    owner_id: UUID | None = None
# {% endif %}


INDEXES[Item.collection] = [
    IndexModel([("created_at", 1), ("_id", 1)]),
    IndexModel("tags"),
    # {% if auth != 'none' %}
    IndexModel("owner_id"),
    # {% endif %}
]
# {% if users %}
OWNED[Item.collection] = "owner_id"
# {% endif %}
