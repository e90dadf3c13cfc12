"""What the items' handlers ask for."""

from typing import Annotated
from uuid import UUID

from fastapi import Depends, HTTPException, Query

from app.items.models import Item
from app.items.repository import ItemRepository, get_item_repository
from app.items.schemas import ItemQuery

ItemQueryDep = Annotated[ItemQuery, Query()]
ItemRepositoryDep = Annotated[ItemRepository, Depends(get_item_repository)]


async def get_item(item_id: UUID, repository: ItemRepositoryDep) -> Item:
    item = await repository.get(item_id)
    if item is None:
        raise HTTPException(404, f"There is no item {item_id}.")
    return item


ItemOr404 = Annotated[Item, Depends(get_item)]
