"""The API keys of the user."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Security

from app.auth.dependencies import CallerDep, get_current_user
from app.auth.keys import ApiKeysDep
from app.auth.schemas import ApiKeyCreate, ApiKeyIssued, ApiKeyList, ApiKeyPublic
from app.auth.service import AuthServiceDep
from app.users.models import User

router = APIRouter(prefix="/api-keys", tags=["api keys"])

KeysRead = Annotated[User, Security(get_current_user, scopes=["keys:read"])]
KeysWrite = Annotated[User, Security(get_current_user, scopes=["keys:write"])]


@router.post("", status_code=201)
async def create_api_key(
    user: KeysWrite,
    data: ApiKeyCreate,
    caller: CallerDep,
    auth: AuthServiceDep,
) -> ApiKeyIssued:
    """Create a key with some scopes of the calling key. Only this response contains its text."""
    return await auth.issue_key(user, data, caller.scopes, caller.key)


@router.get("")
async def list_api_keys(user: KeysRead, keys: ApiKeysDep) -> ApiKeyList:
    return ApiKeyList(items=[ApiKeyPublic.model_validate(key) for key in await keys.of(user)])


@router.delete("/{key_id}", status_code=204)
async def revoke_api_key(
    user: KeysWrite,
    key_id: UUID,
    caller: CallerDep,
    auth: AuthServiceDep,
) -> None:
    """Revoke a key and the keys that were created with it. It must allow no more than yours."""
    await auth.revoke(key_id, caller)
