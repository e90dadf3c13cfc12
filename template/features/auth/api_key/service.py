"""Issue and revoke API keys."""

from collections.abc import Set
from dataclasses import dataclass
from datetime import timedelta
from secrets import token_hex, token_urlsafe
from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends, HTTPException

from app.auth.dependencies import Caller, out_of_scope
from app.auth.keys import ApiKey, ApiKeysDep, digest
from app.auth.schemas import ApiKeyCreate, ApiKeyIssued, ApiKeyPublic
from app.auth.scopes import SCOPES_OF_ROLE
# {% if sql %}
from app.database.base import utc_now
# {% else %}
from app.database.documents import utc_now
# {% endif %}
from app.dependencies import SettingsDep
from app.users.models import User
from app.users.repository import UserRepositoryDep

MAX_KEYS = 100


@dataclass
class AuthService:
    """Issues and revokes keys. No key has more scopes, or lasts longer, than the one that created it."""

    settings: SettingsDep
    users: UserRepositoryDep
    keys: ApiKeysDep

    async def issue_key(
        self, user: User, data: ApiKeyCreate, allowed: Set[str], creator: ApiKey | None = None
    ) -> ApiKeyIssued:
        """Return a new key and its text, which is not stored."""
        if not data.scopes <= allowed:
            raise out_of_scope(sorted(data.scopes - allowed))
        prefix = token_hex(6)
        text = f"{prefix}_{token_urlsafe(32)}"
        expires_at = utc_now() + timedelta(days=data.days or self.settings.api_key_days)
        parent = creator if creator and creator.user_id == user.id else None
        key = ApiKey(
            user_id=user.id,
            user_version=user.version,
            # {% if sql %}
            parent_id=parent.id if parent else None,
            # {% else %}
            ancestors=[*parent.ancestors, parent.id] if parent else [],
            # {% endif %}
            prefix=prefix,
            key_hash=digest(text),
            name=data.name,
            scope=" ".join(sorted(data.scopes)),
            expires_at=min(expires_at, creator.expires_at) if creator else expires_at,
        )
        kept = ApiKeyPublic.model_validate(await self.keys.add(key))
        if len(await self.keys.of(user)) > MAX_KEYS:  # with those of parallel requests
            await self.keys.revoke(kept.id)
            raise HTTPException(409, f"There are {MAX_KEYS} keys already; revoke one of them.")
        return ApiKeyIssued(key=text, **kept.model_dump())

    async def issue_first_key(
        self,
        user: User,
        allowed: Set[str],
        creator: ApiKey | None = None,
    ) -> ApiKeyIssued:
        """Return a key with the scopes that both the user's role and its creator have."""
        scopes = SCOPES_OF_ROLE[user.role].intersection(allowed)
        data = ApiKeyCreate(name="first", scopes=set(scopes))
        return await self.issue_key(user, data, allowed, creator)

    async def revoke(self, key_id: UUID, caller: Caller) -> None:
        """Revoke a key of the caller's user that allows no more than the caller's key."""
        keys = {key.id: key for key in await self.keys.of(caller.user)}
        if key_id not in keys:
            raise HTTPException(404, f"There is no key {key_id}.")
        scopes = SCOPES_OF_ROLE[caller.user.role].intersection(keys[key_id].scopes)
        if not scopes <= caller.scopes:
            raise out_of_scope(sorted(scopes - caller.scopes))
        await self.keys.revoke(key_id)

    async def revoke_all(self, user: User, **changes: Any) -> User:
        """Revoke all keys of a user, and change the user."""
        changed = await self.users.update(user, {**changes, "version": user.version + 1})
        await self.keys.revoke_all(user.id)
        return changed


AuthServiceDep = Annotated[AuthService, Depends()]
