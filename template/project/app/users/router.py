# {% from 'template/style.jinja' import style with context %}
# {% call style() %}
"""Users' routes: their own account, and for admins all accounts."""

from fastapi import APIRouter
from pydantic import MISSING

# {% if auth == 'api_key' %}
from app.auth.dependencies import AccountWrite, CallerDep, CurrentUser
from app.auth.schemas import ApiKeyCreate, ApiKeyIssued, UserCreated
# {% else %}
from app.auth.dependencies import AccountWrite, CurrentUser
# {% endif %}
from app.auth.scopes import SCOPES_OF_ROLE
from app.auth.service import AuthServiceDep
from app.users.dependencies import (
    OtherUser,
    UserOr404,
    UserQueryDep,
    UsersRead,
    UsersWrite,
    refuse_taken_email,
)
from app.users.models import User
from app.users.repository import UserRepositoryDep
# {% if auth == 'api_key' %}
from app.users.schemas import UserAdminPatch, UserCreate, UserList, UserPatch, UserPublic
# {% else %}
from app.users.schemas import UserAdminPatch, UserList, UserPatch, UserPublic
# {% endif %}

router = APIRouter(prefix="/users", tags=["users"])


@router.get("/me", response_model=UserPublic)
async def read_me(user: CurrentUser) -> User:
    return user


@router.patch("/me", response_model=UserPublic)
# {% if passwords %}
async def change_me(
    user: AccountWrite, data: UserPatch, users: UserRepositoryDep, auth: AuthServiceDep
) -> User:
    """Change the email address. That needs the password, because it is the login name."""
    if data.email is MISSING:
        return user
    await auth.confirm_password(user, data.current_password)
    if data.email != user.email:
        await refuse_taken_email(users, data.email)
    return await users.update(user, {"email": data.email})
# {% else %}
async def change_me(user: AccountWrite, data: UserPatch, users: UserRepositoryDep) -> User:
    if data.email is MISSING or data.email == user.email:
        return user
    await refuse_taken_email(users, data.email)
    return await users.update(user, {"email": data.email})
# {% endif %}


@router.get("")
async def list_users(
    admin: UsersRead,
    query: UserQueryDep,
    users: UserRepositoryDep,
) -> UserList:
    found, total = await users.find(query.limit, query.offset)
    return UserList(
        items=[UserPublic.model_validate(user) for user in found],
        total=total,
        limit=query.limit,
        offset=query.offset,
    )


# {% if auth == 'api_key' %}
@router.post("", status_code=201)
async def create_user(
    admin: UsersWrite,
    data: UserCreate,
    users: UserRepositoryDep,
    caller: CallerDep,
    auth: AuthServiceDep,
) -> UserCreated:
    """Create a user and their first key. Only this response contains its text."""
    await refuse_taken_email(users, data.email)
    user = await users.add(User(email=data.email, role=data.role))
    api_key = await auth.issue_first_key(user, caller.scopes, caller.key)
    return UserCreated(api_key=api_key, **UserPublic.model_validate(user).model_dump())


@router.post("/{user_id}/api-keys", status_code=201)
async def create_api_key_of_user(
    admin: UsersWrite,
    user: UserOr404,
    data: ApiKeyCreate,
    caller: CallerDep,
    auth: AuthServiceDep,
) -> ApiKeyIssued:
    return await auth.issue_key(user, data, caller.scopes, caller.key)


# {% endif %}
@router.get("/{user_id}", response_model=UserPublic)
async def read_user(admin: UsersRead, user: UserOr404) -> User:
    return user


@router.patch("/{user_id}", response_model=UserPublic)
async def change_user(
    admin: UsersWrite,
    user: OtherUser,
    data: UserAdminPatch,
    users: UserRepositoryDep,
    auth: AuthServiceDep,
) -> User:
    """Change a user. All their {{ {'jwt': 'tokens', 'session': 'sessions', 'api_key': 'keys'}[auth] }} end when they are disabled or lose scopes."""
    changes = data.model_dump()
    role = changes.get("role", user.role)
    if not changes.get("active", True) or not SCOPES_OF_ROLE[user.role] <= SCOPES_OF_ROLE[role]:
        return await auth.revoke_all(user, **changes)
    return await users.update(user, changes)


@router.delete("/{user_id}", status_code=204)
async def delete_user(admin: UsersWrite, user: OtherUser, users: UserRepositoryDep) -> None:
    await users.delete(user)
# {% endcall %}
