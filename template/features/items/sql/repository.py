"""Where items are kept: in the database, within the transaction of the request."""

from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.database.dependencies import SessionDep
from app.items.models import Item, has_tags, utc_now
from app.items.schemas import ItemCreate, ItemQuery


class ItemRepository:
    """Keeps items."""

    def __init__(self, session: AsyncSession) -> None:
        self.session = session

    async def add(self, data: ItemCreate) -> Item:
        now = utc_now()
        item = Item(**data.model_dump(), created_at=now, updated_at=now)
        self.session.add(item)
        await self.session.flush()
        return item

    async def get(self, item_id: UUID) -> Item | None:
        return await self.session.get(Item, item_id)

    async def find(self, query: ItemQuery) -> tuple[list[Item], int]:
        """Return one page of the items that match, and how many match in all."""
        found = select(Item).where(*conditions(query))
        total = await self.session.scalar(select(func.count()).select_from(found.subquery()))
        order = [getattr(Item, query.sort.removeprefix("-")), Item.id]
        if query.sort.startswith("-"):
            order = [column.desc() for column in order]
        page = found.order_by(*order).limit(query.limit).offset(query.offset)
        return list(await self.session.scalars(page)), total or 0

    async def update(self, item: Item, changes: dict[str, Any]) -> Item:
        for field, value in changes.items():
            setattr(item, field, value)
        item.updated_at = utc_now()
        await self.session.flush()
        return item

    async def delete(self, item: Item) -> None:
        await self.session.delete(item)
        await self.session.flush()


def conditions(query: ItemQuery) -> list[ColumnElement[bool]]:
    wanted: list[ColumnElement[bool]] = []
    if query.q:
        texts = (Item.name, Item.description)
        wanted.append(or_(*(text.icontains(query.q, autoescape=True) for text in texts)))
    if query.tags:
        wanted.append(has_tags(query.tags))
    return wanted


async def get_item_repository(session: SessionDep) -> ItemRepository:
    return ItemRepository(session)
