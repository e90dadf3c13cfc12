# {% from 'template/text.jinja' import fitted %}
# {% from 'template/style.jinja' import style with context %}
# {% call style() %}
"""The items' routes: an example of a resource, complete and easy to delete."""

from fastapi import APIRouter, Request, Response

# {% if auth == 'none' %}
from app.items.dependencies import ItemOr404, ItemQueryDep, ItemRepositoryDep
# {% else %}
from app.items.dependencies import (
    ItemOr404,
    ItemQueryDep,
    ItemRepositoryDep,
    ItemsRead,
    ItemsWrite,
)
# {% endif %}
from app.items.models import Item
from app.items.schemas import ItemCreate, ItemList, ItemPatch, ItemPublic

router = APIRouter(prefix="/items", tags=["items"])


@router.get("/{item_id}", response_model=ItemPublic)
# {% call fitted() %}
async def read_item(
    # {% if auth != 'none' %}
    user: ItemsRead,
    # {% endif %}
    item: ItemOr404,
) -> Item:
    # {% endcall %}
    return item


@router.get("")
# {% call fitted(one_each=auth != 'none') %}
async def list_items(
    # {% if auth != 'none' %}
    user: ItemsRead,
    # {% endif %}
    query: ItemQueryDep,
    repository: ItemRepositoryDep,
) -> ItemList:
    # {% endcall %}
    items, total = await repository.find(query)
    return ItemList(
        items=[ItemPublic.model_validate(item) for item in items],
        total=total,
        limit=query.limit,
        offset=query.offset,
    )


@router.post("", status_code=201, response_model=ItemPublic)
# {% call fitted() %}
async def create_item(
    # {% if auth != 'none' %}
    user: ItemsWrite,
    # {% endif %}
    data: ItemCreate,
    repository: ItemRepositoryDep,
    request: Request,
    response: Response,
) -> Item:
    # {% endcall %}
    item = await repository.add(data)
    response.headers["Location"] = f"{request.url.path}/{item.id}"
    return item


@router.put("/{item_id}", response_model=ItemPublic)
# {% call fitted() %}
async def replace_item(
    # {% if auth != 'none' %}
    user: ItemsWrite,
    # {% endif %}
    item: ItemOr404,
    data: ItemCreate,
    repository: ItemRepositoryDep,
) -> Item:
    # {% endcall %}
    return await repository.update(item, data.model_dump())


@router.patch("/{item_id}", response_model=ItemPublic)
# {% call fitted() %}
async def change_item(
    # {% if auth != 'none' %}
    user: ItemsWrite,
    # {% endif %}
    item: ItemOr404,
    data: ItemPatch,
    repository: ItemRepositoryDep,
) -> Item:
    # {% endcall %}
    return await repository.update(item, data.model_dump())


@router.delete("/{item_id}", status_code=204)
# {% call fitted() %}
async def delete_item(
    # {% if auth != 'none' %}
    user: ItemsWrite,
    # {% endif %}
    item: ItemOr404,
    repository: ItemRepositoryDep,
) -> None:
    # {% endcall %}
    await repository.delete(item)
# {% endcall %}
