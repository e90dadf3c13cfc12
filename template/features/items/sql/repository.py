"""Store items in the database, in the transaction of the request."""

from typing import Any
from uuid import UUID

# {% if auth != 'none' %}
from sqlalchemy import ColumnElement, Select, func, or_, select
# {% else %}
from sqlalchemy import ColumnElement, func, or_, select
# {% endif %}
# {% if sync %}
from sqlalchemy.orm import Session
# {% else %}
from sqlalchemy.ext.asyncio import AsyncSession
# {% endif %}

# {% if auth != 'none' %}
from app.auth.dependencies import CurrentUser
# {% endif %}
from app.database.base import utc_now
from app.database.dependencies import SessionDep
from app.items.models import Item, has_tags
from app.items.schemas import ItemCreate, ItemQuery


class ItemRepository:
    # {% if auth == 'none' %}
    """Stores items."""

    def __init__(self, session: AsyncSession) -> None:
        self.session = session
    # {% else %}
    """Stores the items of one user. Admins have access to the items of all users."""

    def __init__(self, session: AsyncSession, user: CurrentUser) -> None:
        self.session = session
        self.user = user
    # {% endif %}

    async def add(self, data: ItemCreate) -> Item:
        now = utc_now()
        # {% if auth != 'none' %}
        item = Item(**data.model_dump(), owner_id=self.user.id, created_at=now, updated_at=now)
        # {% else %}
        item = Item(**data.model_dump(), created_at=now, updated_at=now)
        # {% endif %}
        self.session.add(item)
        await self.session.flush()
        return item

    async def get(self, item_id: UUID) -> Item | None:
        # {% if auth == 'none' %}
        return await self.session.get(Item, item_id)
        # {% else %}
        return await self.session.scalar(self.visible_items().where(Item.id == item_id))
    # {% endif %}

    async def find(self, query: ItemQuery) -> tuple[list[Item], int]:
        """Return one page of the matching items, and the total number of matches."""
        # {% if auth == 'none' %}
        found = select(Item).where(*filters(query))
        # {% else %}
        found = self.visible_items().where(*filters(query))
        # {% endif %}
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
    # {% if auth != 'none' %}

    def visible_items(self) -> Select[Item]:
        items = select(Item)
        return items if self.user.is_admin else items.where(Item.owner_id == self.user.id)
# {% endif %}


def filters(query: ItemQuery) -> list[ColumnElement[bool]]:
    wanted: list[ColumnElement[bool]] = []
    if query.q:
        texts = (Item.name, Item.description)
        wanted.append(or_(*(text.icontains(query.q, autoescape=True) for text in texts)))
    if query.tags:
        wanted.append(has_tags(query.tags))
    return wanted


# {% if auth == 'none' %}
async def get_item_repository(session: SessionDep) -> ItemRepository:
    return ItemRepository(session)
# {% else %}
async def get_item_repository(session: SessionDep, user: CurrentUser) -> ItemRepository:
    return ItemRepository(session, user)
# {% endif %}
