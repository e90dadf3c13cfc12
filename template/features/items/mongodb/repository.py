"""Where items are kept: in the database, a document each."""

import re
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

from bson import Decimal128
from pymongo import ASCENDING, DESCENDING, ReturnDocument

from app.database.connection import Database, Document
from app.database.dependencies import DatabaseDep
from app.database.errors import StaleDocumentError
from app.items.models import COLLECTION, Item, utc_now
from app.items.schemas import ItemCreate, ItemQuery


class ItemRepository:
    """Keeps items."""

    def __init__(self, database: Database) -> None:
        self.items = database[COLLECTION]

    async def add(self, data: ItemCreate) -> Item:
        now = utc_now()
        item = Item(id=uuid4(), **data.model_dump(), created_at=now, updated_at=now)
        await self.items.insert_one(to_document(item.model_dump()))
        return item

    async def get(self, item_id: UUID) -> Item | None:
        document = await self.items.find_one({"_id": item_id})
        return None if document is None else to_item(document)

    async def find(self, query: ItemQuery) -> tuple[list[Item], int]:
        """Return one page of the items that match, and how many match in all."""
        wanted = conditions(query)
        direction = DESCENDING if query.sort.startswith("-") else ASCENDING
        order = [(query.sort.removeprefix("-"), direction), ("_id", direction)]
        page = self.items.find(wanted, sort=order, skip=query.offset, limit=query.limit)
        items = [to_item(document) async for document in page]
        return items, await self.items.count_documents(wanted)

    async def update(self, item: Item, changes: dict[str, Any]) -> Item:
        changed = await self.items.find_one_and_update(
            {"_id": item.id},
            {"$set": to_document({**changes, "updated_at": utc_now()})},
            return_document=ReturnDocument.AFTER,
        )
        if changed is None:
            raise StaleDocumentError(f"There is no item {item.id} any more.")
        return to_item(changed)

    async def delete(self, item: Item) -> None:
        await self.items.delete_one({"_id": item.id})


def to_document(fields: dict[str, Any]) -> Document:
    """Return an item's fields as MongoDB keeps them, the price exactly."""
    document = {"_id" if name == "id" else name: value for name, value in fields.items()}
    if isinstance(price := document.get("price"), Decimal):
        document["price"] = Decimal128(price)
    return document


def to_item(document: Document) -> Item:
    price: Decimal128 = document["price"]
    return Item(**document | {"id": document["_id"], "price": price.to_decimal()})


def conditions(query: ItemQuery) -> Document:
    wanted: Document = {}
    if query.q:
        part = {"$regex": re.escape(query.q), "$options": "i"}
        wanted["$or"] = [{"name": part}, {"description": part}]
    if query.tags:
        wanted["tags"] = {"$all": query.tags}
    return wanted


async def get_item_repository(database: DatabaseDep) -> ItemRepository:
    return ItemRepository(database)
