# {% from 'template/style.jinja' import style with context %}
# {% call style() %}
"""Dependencies of the items' routes."""

from typing import Annotated
from uuid import UUID

# {% if auth != 'none' %}
from fastapi import Depends, HTTPException, Query, Security
# {% else %}
from fastapi import Depends, HTTPException, Query
# {% endif %}

# {% if auth != 'none' %}
from app.auth.dependencies import get_current_user
# {% endif %}
# {% if auth == 'oidc' %}
from app.auth.models import User
# {% endif %}
from app.items.models import Item
from app.items.repository import ItemRepository, get_item_repository
from app.items.schemas import ItemQuery
# {% if users %}
from app.users.models import User
# {% endif %}

# {% if auth != 'none' %}
ItemsRead = Annotated[User, Security(get_current_user, scopes=["items:read"])]
ItemsWrite = Annotated[User, Security(get_current_user, scopes=["items:write"])]
# {% endif %}
ItemQueryDep = Annotated[ItemQuery, Query()]
ItemRepositoryDep = Annotated[ItemRepository, Depends(get_item_repository)]


async def get_item(item_id: UUID, repository: ItemRepositoryDep) -> Item:
    item = await repository.get(item_id)
    if item is None:
        raise HTTPException(404, f"There is no item {item_id}.")
    return item


ItemOr404 = Annotated[Item, Depends(get_item)]
# {% endcall %}
