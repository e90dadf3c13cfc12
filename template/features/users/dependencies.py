"""What the users' handlers ask for."""

from typing import Annotated
from uuid import UUID

from fastapi import Depends, HTTPException, Query

from app.auth.dependencies import CurrentUser, require_scopes
from app.users.models import User
from app.users.repository import UserRepositoryDep
from app.users.schemas import UserQuery

UserQueryDep = Annotated[UserQuery, Query()]

CAN_READ_USERS = require_scopes("users:read")
CAN_WRITE_USERS = require_scopes("users:write")


async def get_user(user_id: UUID, users: UserRepositoryDep) -> User:
    user = await users.get(user_id)
    if user is None:
        raise HTTPException(404, f"There is no user {user_id}.")
    return user


UserOr404 = Annotated[User, Depends(get_user)]


async def get_other_user(user: UserOr404, admin: CurrentUser) -> User:
    """Return the user named in the path; refuse oneself, so that an admin is always left."""
    if user.id == admin.id:
        raise HTTPException(409, "Ask another admin: nobody changes their own role or account.")
    return user


OtherUser = Annotated[User, Depends(get_other_user)]
