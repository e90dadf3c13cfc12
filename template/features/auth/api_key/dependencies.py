"""Who calls: authentication by API key, and permissions."""

from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import Depends, HTTPException, Security
from fastapi.requests import HTTPConnection
from fastapi.security import APIKeyHeader, SecurityScopes

from app.auth.keys import ApiKey, ApiKeys, ApiKeysDep
from app.auth.scopes import SCOPES_OF_ROLE
from app.users.models import User
from app.users.repository import UserRepository, UserRepositoryDep

CHALLENGE = "APIKey"
HEADER = "X-API-Key"
SCHEME = APIKeyHeader(name=HEADER, auto_error=False)


@dataclass(frozen=True)
class Caller:
    """The authenticated caller, the key, and the scopes that both have."""

    user: User
    scopes: frozenset[str]
    key: ApiKey


async def get_caller(
    connection: HTTPConnection,
    keys: ApiKeysDep,
    users: UserRepositoryDep,
) -> Caller:
    return await authenticate(get_credentials(connection), keys, users)


def get_credentials(connection: HTTPConnection) -> str:
    """Return the API key of the header."""
    key = connection.headers.get(HEADER)
    if not key:
        raise unauthenticated(f"Authentication is required: an API key in {HEADER}.")
    return key


async def authenticate(credentials: str, keys: ApiKeys, users: UserRepository) -> Caller:
    """Return the caller with this API key, on HTTP and WebSockets alike."""
    key = await keys.use(credentials)
    user = await users.get(key.user_id) if key else None
    if key is None or user is None or not user.accepts(key.user_version):
        raise unauthenticated("The API key is not valid.")
    return Caller(user, SCOPES_OF_ROLE[user.role].intersection(key.scopes), key)
