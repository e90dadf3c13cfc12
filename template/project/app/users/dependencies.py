# {% from 'template/style.jinja' import style with context %}
# {% call style() %}
"""Dependencies of the users' routes."""

from collections.abc import AsyncGenerator
from typing import Annotated
from uuid import UUID

from fastapi import Depends, HTTPException, Query, Security

from app.auth.dependencies import CurrentUser, get_current_user
from app.schemas import PageQuery
from app.users.models import User
from app.users.repository import UserRepository, UserRepositoryDep

UserQueryDep = Annotated[PageQuery, Query()]
UsersRead = Annotated[User, Security(get_current_user, scopes=["users:read"])]
UsersWrite = Annotated[User, Security(get_current_user, scopes=["users:write"])]


async def get_user(user_id: UUID, users: UserRepositoryDep) -> User:
    user = await users.get(user_id)
    if user is None:
        raise HTTPException(404, f"There is no user {user_id}.")
    return user


async def refuse_taken_email(users: UserRepository, email: str) -> None:
    if await users.get_by_email(email):
        raise HTTPException(409, "This email address already has an account.")


UserOr404 = Annotated[User, Depends(get_user)]


async def get_other_user(
    user: UserOr404, admin: CurrentUser, users: UserRepositoryDep
) -> AsyncGenerator[User]:
    """Yield the user in the path, for a change. One admin always remains: the caller."""
    if user.id == admin.id:
        raise HTTPException(409, "You cannot change your own role or account. Ask another admin.")
    async with users.lock_admins() as admins:
        if admin.id not in admins:
            raise HTTPException(403, "You are no longer an admin.")
        yield user


OtherUser = Annotated[User, Depends(get_other_user, scope="function")]
# {% endcall %}
