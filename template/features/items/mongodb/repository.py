"""Store items in the database, one document each."""

import re
from typing import Any
from uuid import UUID

from pymongo import ASCENDING, DESCENDING, ReturnDocument

# {% if auth != 'none' %}
from app.auth.dependencies import CurrentUser
# {% endif %}
from app.database.connection import Database
from app.database.dependencies import DatabaseDep
from app.database.documents import Document, to_document, utc_now
from app.database.errors import StaleDocumentError
from app.items.models import Item
from app.items.schemas import ItemCreate, ItemQuery


class ItemRepository:
    # {% if auth == 'none' %}
    """Stores items."""

    def __init__(self, database: Database) -> None:
        self.items = database[Item.collection]
    # {% else %}
    """Stores the items of one user. Admins have access to the items of all users."""

    def __init__(self, database: Database, user: CurrentUser) -> None:
        self.items = database[Item.collection]
        self.user = user
        self.owner_filter = {} if user.is_admin else {"owner_id": user.id}
    # {% endif %}

    async def add(self, data: ItemCreate) -> Item:
        now = utc_now()
        # {% if auth != 'none' %}
        item = Item(**data.model_dump(), owner_id=self.user.id, created_at=now, updated_at=now)
        # {% else %}
        item = Item(**data.model_dump(), created_at=now, updated_at=now)
        # {% endif %}
        await self.items.insert_one(item.to_document())
        return item

    async def get(self, item_id: UUID) -> Item | None:
        # {% if auth != 'none' %}
        document = await self.items.find_one({"_id": item_id, **self.owner_filter})
        # {% else %}
        document = await self.items.find_one({"_id": item_id})
        # {% endif %}
        return None if document is None else Item.from_document(document)

    async def find(self, query: ItemQuery) -> tuple[list[Item], int]:
        """Return one page of the matching items, and the total number of matches."""
        # {% if auth != 'none' %}
        wanted = self.owner_filter | filters(query)
        # {% else %}
        wanted = filters(query)
        # {% endif %}
        direction = DESCENDING if query.sort.startswith("-") else ASCENDING
        order = [(query.sort.removeprefix("-"), direction), ("_id", direction)]
        page = self.items.find(wanted, sort=order, skip=query.offset, limit=query.limit)
        items = [Item.from_document(document) async for document in page]
        return items, await self.items.count_documents(wanted)

    async def update(self, item: Item, changes: dict[str, Any]) -> Item:
        changed = await self.items.find_one_and_update(
            {"_id": item.id},
            {"$set": to_document({**changes, "updated_at": utc_now()})},
            return_document=ReturnDocument.AFTER,
        )
        if changed is None:
            raise StaleDocumentError(f"There is no item {item.id} any more.")
        return Item.from_document(changed)

    async def delete(self, item: Item) -> None:
        await self.items.delete_one({"_id": item.id})


def filters(query: ItemQuery) -> Document:
    wanted: Document = {}
    if query.q:
        part = {"$regex": re.escape(query.q), "$options": "i"}
        wanted["$or"] = [{"name": part}, {"description": part}]
    if query.tags:
        wanted["tags"] = {"$all": query.tags}
    return wanted


# {% if auth == 'none' %}
async def get_item_repository(database: DatabaseDep) -> ItemRepository:
    return ItemRepository(database)
# {% else %}
async def get_item_repository(database: DatabaseDep, user: CurrentUser) -> ItemRepository:
    return ItemRepository(database, user)
# {% endif %}
