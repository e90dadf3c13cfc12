"""Issue and revoke tokens."""

from collections.abc import Iterable
from datetime import timedelta
from hashlib import sha256
from hmac import digest as hmac
from secrets import token_urlsafe
from typing import Annotated
from uuid import uuid4

from fastapi import Depends, Response

from app.auth.refresh_tokens import RefreshTokensDep, UsedToken
from app.auth.schemas import TokenPair
from app.auth.scopes import SCOPES_OF_ROLE
from app.auth.tokens import create_access_token
from app.dependencies import SettingsDep
from app.users.models import User
from app.users.repository import UserRepositoryDep


class TokenIssuer:
    """Issues tokens in a response that must not be cached."""

    def __init__(
        self, settings: SettingsDep, refresh_tokens: RefreshTokensDep, response: Response
    ) -> None:
        self.settings = settings
        self.lifetime = timedelta(days=settings.refresh_token_days)
        self.refresh_tokens = refresh_tokens
        response.headers["Cache-Control"] = "no-store"

    async def __call__(self, user: User, wanted: Iterable[str] = ()) -> TokenPair:
        """Return tokens with the requested scopes that the user's role has, by default all."""
        allowed = SCOPES_OF_ROLE[user.role]
        scopes = allowed & set(wanted) if wanted else allowed
        refresh_token = token_urlsafe(32)
        await self.refresh_tokens.add(user.id, uuid4(), refresh_token, scopes, self.lifetime)
        return self.pair(user, scopes, refresh_token)

    async def successor(self, user: User, used: UsedToken, token: str) -> TokenPair:
        """Return the tokens that follow a refresh token. Within the grace they are the same."""
        scopes = SCOPES_OF_ROLE[user.role].intersection(used.scopes)
        refresh_token = successor_of(token, self.settings.jwt_key.get_secret_value())
        if not used.before:
            family_id = used.family_id
            await self.refresh_tokens.add(user.id, family_id, refresh_token, scopes, self.lifetime)
        return self.pair(user, scopes, refresh_token)

    def pair(self, user: User, scopes: Iterable[str], refresh_token: str) -> TokenPair:
        return TokenPair(
            access_token=create_access_token(self.settings, user.id, user.token_version, scopes),
            expires_in=self.settings.access_token_minutes * 60,
            refresh_token=refresh_token,
            scope=" ".join(sorted(scopes)),
        )


def successor_of(token: str, key: str) -> str:
    """Return the refresh token that follows another. Without the key, nobody can compute it."""
    return hmac(key.encode(), b"refresh " + token.encode(), sha256).hex()


TokenIssuerDep = Annotated[TokenIssuer, Depends()]


class Revocation:
    """Revokes all tokens of a user."""

    def __init__(self, users: UserRepositoryDep, refresh_tokens: RefreshTokensDep) -> None:
        self.users = users
        self.refresh_tokens = refresh_tokens

    async def __call__(self, user: User) -> User:
        await self.refresh_tokens.revoke_all(user.id)
        return await self.users.update(user, {"token_version": user.token_version + 1})


RevocationDep = Annotated[Revocation, Depends()]
