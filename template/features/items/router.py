"""The items' routes: an example of a resource, complete and easy to delete."""

from fastapi import APIRouter, Request, Response

from app.items.dependencies import ItemOr404, ItemQueryDep, ItemRepositoryDep
from app.items.models import Item
from app.items.schemas import ItemCreate, ItemList, ItemPatch, ItemRead

router = APIRouter(prefix="/items", tags=["items"])


@router.get("/{item_id}", response_model=ItemRead)
async def read_item(item: ItemOr404) -> Item:
    return item


@router.get("")
async def list_items(query: ItemQueryDep, repository: ItemRepositoryDep) -> ItemList:
    items, total = await repository.find(query)
    return ItemList(
        items=[ItemRead.model_validate(item) for item in items],
        total=total,
        limit=query.limit,
        offset=query.offset,
    )


@router.post("", status_code=201, response_model=ItemRead)
async def create_item(
    data: ItemCreate, repository: ItemRepositoryDep, request: Request, response: Response
) -> Item:
    item = await repository.add(data)
    response.headers["Location"] = f"{request.url.path}/{item.id}"
    return item


@router.put("/{item_id}", response_model=ItemRead)
async def replace_item(item: ItemOr404, data: ItemCreate, repository: ItemRepositoryDep) -> Item:
    return await repository.update(item, data.model_dump())


@router.patch("/{item_id}", response_model=ItemRead)
async def change_item(item: ItemOr404, data: ItemPatch, repository: ItemRepositoryDep) -> Item:
    return await repository.update(item, data.model_dump())


@router.delete("/{item_id}", status_code=204)
async def delete_item(item: ItemOr404, repository: ItemRepositoryDep) -> None:
    await repository.delete(item)
