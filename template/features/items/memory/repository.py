"""Where items are kept: in the memory of this process, until it ends."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

from app.items.models import Item
from app.items.schemas import ItemCreate, ItemQuery

ITEMS: dict[UUID, Item] = {}


class ItemRepository:
    """Keeps items."""

    def __init__(self, items: dict[UUID, Item]) -> None:
        self.items = items

    async def add(self, data: ItemCreate) -> Item:
        now = datetime.now(UTC)
        item = Item(id=uuid4(), **data.model_dump(), created_at=now, updated_at=now)
        self.items[item.id] = item
        return item

    async def get(self, item_id: UUID) -> Item | None:
        return self.items.get(item_id)

    async def find(self, query: ItemQuery) -> tuple[list[Item], int]:
        """Return one page of the items that match, and how many match in all."""
        field = query.sort.removeprefix("-")
        found = sorted(
            (item for item in self.items.values() if matches(item, query)),
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


def matches(item: Item, query: ItemQuery) -> bool:
    text = f"{item.name}\n{item.description or ''}".casefold()
    return (query.q or "").casefold() in text and set(query.tags) <= set(item.tags)


async def get_item_repository() -> ItemRepository:
    return ItemRepository(ITEMS)
