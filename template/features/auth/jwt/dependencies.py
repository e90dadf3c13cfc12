"""Who calls: authentication by bearer token (RFC 6750), and permissions."""

from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import Depends, HTTPException, Response, Security
from fastapi.requests import HTTPConnection
from fastapi.security import OAuth2PasswordBearer, SecurityScopes
from jwt import InvalidTokenError

from app.auth.access_tokens import read_access_token
from app.auth.scopes import SCOPES, SCOPES_OF_ROLE
from app.config import Settings
from app.dependencies import SettingsDep
from app.users.models import User
from app.users.repository import UserRepository, UserRepositoryDep

CHALLENGE = "Bearer"
SCHEME = OAuth2PasswordBearer(tokenUrl="api/v1/auth/token", scopes=SCOPES, auto_error=False)


@dataclass(frozen=True)
class Caller:
    """The authenticated caller, and the scopes they have."""

    user: User
    scopes: frozenset[str]


async def get_caller(
    connection: HTTPConnection, settings: SettingsDep, users: UserRepositoryDep
) -> Caller:
    return await authenticate(get_credentials(connection), settings, users)


async def authenticate(credentials: str, settings: Settings, users: UserRepository) -> Caller:
    """Return the caller with this access token, on HTTP and WebSockets alike."""
    try:
        token = read_access_token(settings, credentials)
    except InvalidTokenError:
        raise invalid_token() from None
    user = await users.get(token.user_id)
    if user is None or not user.accepts(token.version):
        raise invalid_token()
    return Caller(user, token.scopes & SCOPES_OF_ROLE[user.role])


def invalid_token() -> Exception:
    return unauthenticated("The access token is not valid.", error="invalid_token")
