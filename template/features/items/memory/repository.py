"""Store items in the memory of this process."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

# {% if auth != 'none' %}
from app.auth.dependencies import CurrentUser
# {% endif %}
from app.items.models import Item
from app.items.schemas import ItemCreate, ItemQuery

ITEMS: dict[UUID, Item] = {}


class ItemRepository:
    # {% if auth == 'none' %}
    """Stores items."""

    def __init__(self, items: dict[UUID, Item]) -> None:
        self.items = items
    # {% else %}
    """Stores the items of one user. Admins have access to the items of all users."""

    def __init__(self, items: dict[UUID, Item], user: CurrentUser) -> None:
        self.items = items
        self.user = user
    # {% endif %}

    async def add(self, data: ItemCreate) -> Item:
        now = datetime.now(UTC)
        # {% if auth == 'none' %}
        item = Item(id=uuid4(), **data.model_dump(), created_at=now, updated_at=now)
        # {% else %}
        item = Item(
            id=uuid4(),
            **data.model_dump(),
            owner_id=self.user.id,
            created_at=now,
            updated_at=now,
        )
        # {% endif %}
        self.items[item.id] = item
        return item

    async def get(self, item_id: UUID) -> Item | None:
        # {% if auth == 'none' %}
        return self.items.get(item_id)
        # {% else %}
        item = self.items.get(item_id)
        return item if item and self.permits(item) else None
    # {% endif %}

    async def find(self, query: ItemQuery) -> tuple[list[Item], int]:
        """Return one page of the matching items, and the total number of matches."""
        field = query.sort.removeprefix("-")
        found = sorted(
            # {% if auth == 'none' %}
            (item for item in self.items.values() if matches(item, query)),
            # {% else %}
            (item for item in self.items.values() if self.permits(item) and matches(item, query)),
            # {% endif %}
            key=lambda item: (getattr(item, field), item.id),
            reverse=query.sort.startswith("-"),
        )
        return found[query.offset : query.offset + query.limit], len(found)

    async def update(self, item: Item, changes: dict[str, Any]) -> Item:
        changed = item.model_copy(update={**changes, "updated_at": datetime.now(UTC)})
        self.items[item.id] = changed
        return changed

    async def delete(self, item: Item) -> None:
        self.items.pop(item.id, None)
    # {% if auth != 'none' %}

    def permits(self, item: Item) -> bool:
        return self.user.is_admin or item.owner_id == self.user.id
# {% endif %}


def matches(item: Item, query: ItemQuery) -> bool:
    text = f"{item.name}\n{item.description or ''}".casefold()
    return (query.q or "").casefold() in text and set(query.tags) <= set(item.tags)


# {% if auth == 'none' %}
async def get_item_repository() -> ItemRepository:
    return ItemRepository(ITEMS)
# {% else %}
async def get_item_repository(user: CurrentUser) -> ItemRepository:
    return ItemRepository(ITEMS, user)
# {% endif %}
