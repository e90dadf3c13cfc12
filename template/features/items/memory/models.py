"""What is kept of an item."""

from app.items.schemas import ItemRead


class Item(ItemRead):
    """An item, kept just as clients see it."""
