"""Log in with passwords; issue and revoke tokens."""

from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import sha256
from hmac import digest as hmac
from secrets import token_urlsafe
from typing import Annotated, Any

from fastapi import Depends, HTTPException
from pydantic import SecretStr

from app.auth.access_tokens import create_access_token
from app.auth.dependencies import unauthenticated
from app.auth.login_throttle import LoginThrottleDep
from app.auth.refresh_tokens import RefreshTokensDep
from app.auth.schemas import TokenPair
from app.auth.scopes import SCOPES_OF_ROLE
from app.dependencies import SettingsDep
from app.users.dependencies import refuse_taken_email
from app.users.models import User
from app.users.passwords import PasswordsDep
from app.users.repository import UserRepositoryDep
from app.users.schemas import PasswordChange, UserCreate, canonical_email


@dataclass
class AuthService:
    """Accounts with passwords, and their tokens."""

    settings: SettingsDep
    users: UserRepositoryDep
    passwords: PasswordsDep
    throttle: LoginThrottleDep
    refresh_tokens: RefreshTokensDep

    # {% filter indent(4, true) %}
    # {% include 'template/features/auth/passwords/methods.py' %}
    # {% endfilter %}

    async def issue_tokens(self, user: User, wanted: Iterable[str] = ()) -> TokenPair:
        """Return tokens with the requested scopes that the user's role has, by default all."""
        allowed = SCOPES_OF_ROLE[user.role]
        scopes = allowed & set(wanted) if wanted else allowed
        refresh_token = token_urlsafe(32)
        await self.refresh_tokens.add(user, refresh_token, scopes)
        return self.pair(user, scopes, refresh_token)

    async def refresh(self, token: str) -> TokenPair:
        """Return the tokens that follow a refresh token. Within the grace they are the same."""
        known, is_first_use = await self.refresh_tokens.use(token)
        user = await self.users.get(known.user_id) if known else None
        if known is None or user is None or not user.accepts(known.user_version):
            raise unauthenticated("The refresh token is not valid.", error="invalid_token")
        scopes = SCOPES_OF_ROLE[user.role].intersection(known.scope.split())
        successor = successor_of(token, self.settings.jwt_key.get_secret_value())
        if is_first_use:
            await self.refresh_tokens.add(user, successor, scopes, known)
        return self.pair(user, scopes, successor)

    def pair(self, user: User, scopes: Iterable[str], refresh_token: str) -> TokenPair:
        return TokenPair(
            access_token=create_access_token(self.settings, user.id, user.version, scopes),
            expires_in=self.settings.access_token_minutes * 60,
            refresh_token=refresh_token,
            scope=" ".join(sorted(scopes)),
        )

    async def revoke_all(self, user: User, **changes: Any) -> User:
        """Revoke all tokens of a user, including access tokens, and change the user."""
        changed = await self.users.update(user, {**changes, "version": user.version + 1})
        await self.refresh_tokens.revoke_all(user.id)
        return changed


def successor_of(token: str, key: str) -> str:
    """Return the refresh token that follows another. Without the key, nobody can compute it."""
    return hmac(key.encode(), b"refresh " + token.encode(), sha256).hex()


AuthServiceDep = Annotated[AuthService, Depends()]
