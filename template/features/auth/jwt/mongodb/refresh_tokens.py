"""Refresh tokens. Each can be used once and is stored as a hash."""

import logging
from collections.abc import Iterable
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Annotated
from uuid import UUID

from fastapi import Depends
from pymongo import IndexModel

from app.database.dependencies import DatabaseDep
from app.database.documents import INDEXES, OWNED, Record, utc_now
from app.dependencies import SettingsDep

GRACE = timedelta(seconds=10)
"""How long a used token gives the same successor again: two tabs may refresh at once."""

logger = logging.getLogger(__name__)


class RefreshToken(Record):
    """A refresh token. All tokens that follow from one login form a family."""

    collection = "refresh_tokens"

    user_id: UUID
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

    async def add(self, user_id: UUID, family_id: UUID, token: str, scopes: Iterable[str]) -> None:
        kept = RefreshToken(
            user_id=user_id,
            family_id=family_id,
            token_hash=digest(token),
            scope=" ".join(sorted(scopes)),
            expires_at=utc_now() + self.lifetime,
        )
        await self.tokens.insert_one(kept.to_document())

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
        await self.tokens.delete_many({"family_id": family_id})

    async def revoke_all(self, user_id: UUID) -> None:
        await self.tokens.delete_many({"user_id": user_id})


def digest(token: str) -> str:
    return sha256(token.encode()).hexdigest()


RefreshTokensDep = Annotated[RefreshTokens, Depends()]
