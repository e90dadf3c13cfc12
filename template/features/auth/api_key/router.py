"""The API keys of the user."""

from uuid import UUID

from fastapi import APIRouter, HTTPException

from app.auth.dependencies import CallerDep, CurrentUser, require_scopes
from app.auth.keys import ApiKeysDep
from app.auth.schemas import ApiKeyCreate, ApiKeyIssued, ApiKeyList, ApiKeyRead
from app.auth.service import AuthServiceDep

router = APIRouter(prefix="/api-keys", tags=["api keys"])

CAN_READ = require_scopes("keys:read")
CAN_WRITE = require_scopes("keys:write")


@router.post("", status_code=201, dependencies=[CAN_WRITE])
async def create_api_key(
    data: ApiKeyCreate,
    caller: CallerDep,
    auth: AuthServiceDep,
) -> ApiKeyIssued:
    """Create a key with some scopes of the calling key. Only this response contains its text."""
    return await auth.issue_key(caller.user.id, data, caller.scopes, caller.key)


@router.get("", dependencies=[CAN_READ])
async def list_api_keys(user: CurrentUser, keys: ApiKeysDep) -> ApiKeyList:
    return ApiKeyList(items=[ApiKeyRead.model_validate(key) for key in await keys.of(user.id)])


@router.delete("/{key_id}", status_code=204, dependencies=[CAN_WRITE])
async def revoke_api_key(key_id: UUID, user: CurrentUser, keys: ApiKeysDep) -> None:
    """Revoke a key and the keys that were created with it."""
    if not await keys.revoke(user.id, key_id):
        raise HTTPException(404, f"There is no key {key_id}.")
