"""Refresh tokens. Each can be used once and is stored as a hash."""

import logging
from collections.abc import Iterable
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Annotated
from uuid import UUID, uuid4

from fastapi import Depends
from pymongo import IndexModel

from app.database.dependencies import DatabaseDep
from app.database.documents import INDEXES, OWNED, Record, utc_now
from app.dependencies import SettingsDep
from app.users.models import User

GRACE = timedelta(seconds=10)
"""How long a used token gives the same successor again: two tabs may refresh at once."""

logger = logging.getLogger(__name__)


class RefreshToken(Record):
    """A refresh token. All tokens that follow from one login form a family."""

    collection = "refresh_tokens"

    user_id: UUID
    user_version: int
    family_id: UUID
    token_hash: str
    scope: str
    expires_at: datetime
    used_at: datetime | None = None


INDEXES[RefreshToken.collection] = [
    IndexModel("user_id"),
    IndexModel("family_id"),
    IndexModel("token_hash", unique=True),
    IndexModel("expires_at", expireAfterSeconds=0),
]
OWNED[RefreshToken.collection] = "user_id"


class RefreshTokens:
    """Stores refresh tokens."""

    def __init__(self, database: DatabaseDep, settings: SettingsDep) -> None:
        self.tokens = database[RefreshToken.collection]
        self.lifetime = timedelta(days=settings.refresh_token_days)

    async def add(
        self,
        user: User,
        token: str,
        scopes: Iterable[str],
        follows: RefreshToken | None = None,
    ) -> None:
        """Store a token of a new login, or the one that follows another."""
        kept = RefreshToken(
            user_id=user.id,
            user_version=user.version,
            family_id=follows.family_id if follows else uuid4(),
            token_hash=digest(token),
            scope=" ".join(sorted(scopes)),
            expires_at=utc_now() + self.lifetime,
        )
        await self.tokens.insert_one(kept.to_document())
        if follows and not await self.tokens.find_one({"_id": follows.id}):
            await self.revoke_family(follows.family_id)  # again, because it was revoked meanwhile

    async def use(self, token: str) -> tuple[RefreshToken | None, bool]:
        """Use up the token. Return it, and whether nobody used it before.

        A second use within the grace is allowed. A later one revokes the family.
        """
        now = utc_now()
        wanted = {"token_hash": digest(token), "expires_at": {"$gt": now}}
        use_up = {"$set": {"used_at": now}}
        if first := await self.tokens.find_one_and_update({**wanted, "used_at": None}, use_up):
            return RefreshToken.from_document(first), True
        document = await self.tokens.find_one(wanted)
        known = RefreshToken.from_document(document) if document else None
        if known is None or (known.used_at and now - known.used_at < GRACE):
            return known, False
        logger.warning("A refresh token of user %s was used twice", known.user_id)
        await self.revoke_family(known.family_id)
        return None, False

    async def revoke(self, token: str) -> None:
        """Revoke a token and its family. Ignore an unknown or used token."""
        if known := await self.tokens.find_one({"token_hash": digest(token)}):
            await self.revoke_family(known["family_id"])

    async def revoke_family(self, family_id: UUID) -> None:
        """Delete until none is left: a refresh may add another token meanwhile."""
        while (await self.tokens.delete_many({"family_id": family_id})).deleted_count:
            pass

    async def revoke_all(self, user_id: UUID) -> None:
        await self.tokens.delete_many({"user_id": user_id})


def digest(token: str) -> str:
    return sha256(token.encode()).hexdigest()


RefreshTokensDep = Annotated[RefreshTokens, Depends()]
