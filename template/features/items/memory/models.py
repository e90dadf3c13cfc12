"""The stored item."""
# {% if auth != 'none' %}

from uuid import UUID
# {% endif %}

from app.items.schemas import ItemPublic


class Item(ItemPublic):
    # {% if auth == 'none' %}
    """An item, stored as clients see it."""
    # {% else %}
    """An item as clients see it, and its owner."""

    owner_id: UUID
# {% endif %}
