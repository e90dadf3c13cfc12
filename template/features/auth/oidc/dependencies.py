"""Who calls: authentication by a bearer token of the provider (RFC 6750), and permissions."""

from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import Depends, HTTPException, Security
from fastapi.requests import HTTPConnection
from fastapi.security import OAuth2AuthorizationCodeBearer, SecurityScopes
from joserfc.errors import InvalidKeyIdError

from app.auth.models import User, user_id
from app.auth.provider import Provider, ProviderDep
from app.auth.provider_tokens import NOT_VALID, Claims, read_access_token, role_of, scopes_of
from app.auth.scopes import SCOPES
from app.config import Settings
from app.dependencies import SettingsDep

CHALLENGE = "Bearer"
SCHEME = OAuth2AuthorizationCodeBearer(
    authorizationUrl="api/v1/auth/authorize",
    tokenUrl="api/v1/auth/token",
    scopes=SCOPES,
    auto_error=False,
)


@dataclass(frozen=True)
class Caller:
    """The authenticated caller, and the scopes they have."""

    user: User
    scopes: frozenset[str]


async def get_caller(
    connection: HTTPConnection, settings: SettingsDep, provider: ProviderDep
) -> Caller:
    return await authenticate(get_credentials(connection), settings, provider)


async def authenticate(credentials: str, settings: Settings, provider: Provider) -> Caller:
    """Return the caller with this access token, on HTTP and WebSockets alike."""
    try:
        claims = await read(settings, provider, credentials)
        user = user_of(settings, claims)
    except NOT_VALID:
        raise unauthenticated("The access token is not valid.", error="invalid_token") from None
    return Caller(user, scopes_of(claims, user.role))


async def read(settings: Settings, provider: Provider, token: str) -> Claims:
    published = await provider.published()
    try:
        return read_access_token(settings, published.keys, token)
    except InvalidKeyIdError:
        newer = await provider.newer_than(published)
        return read_access_token(settings, newer.keys, token)


def user_of(settings: Settings, claims: Claims) -> User:
    """Return the user that the claims name. Raise `ValueError` for texts that are none."""
    email = claims.get("email")
    return User(
        id=user_id(settings.oidc_issuer, claims["sub"]),
        subject=claims["sub"],
        email=email if isinstance(email, str) else None,
        role=role_of(settings, claims),
    )
