"""Refresh tokens. Each can be used once and is stored as a hash."""

import logging
from collections.abc import Iterable
from datetime import datetime, timedelta
from hashlib import sha256
from secrets import token_urlsafe
from typing import Annotated
from uuid import UUID, uuid4

from fastapi import Depends
from pymongo import IndexModel

from app.database.connection import INDEXES, OWNED, Database
from app.database.dependencies import DatabaseDep
from app.database.records import Record, utc_now

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

    def __init__(self, database: Database) -> None:
        self.tokens = database[RefreshToken.collection]

    async def issue(
        self, user_id: UUID, scopes: Iterable[str], lifetime: timedelta, family_id: UUID | None
    ) -> str:
        """Return a new token: the next of a family, or the first of a new family."""
        token = token_urlsafe(32)
        kept = RefreshToken(
            user_id=user_id,
            family_id=family_id or uuid4(),
            token_hash=digest(token),
            scope=" ".join(sorted(scopes)),
            expires_at=utc_now() + lifetime,
        )
        await self.tokens.insert_one(kept.to_document())
        return token

    async def use(self, token: str) -> RefreshToken | None:
        """Use up the token and return it. A second use revokes its family."""
        now = utc_now()
        wanted = {"token_hash": digest(token), "expires_at": {"$gt": now}}
        unused = await self.tokens.find_one_and_update(
            {**wanted, "used_at": None}, {"$set": {"used_at": now}}
        )
        if unused is not None:
            return RefreshToken.from_document(unused)
        if used := await self.tokens.find_one(wanted):
            logger.warning("A refresh token of user %s was used twice", used["user_id"])
            await self.revoke_family(used["family_id"])
        return None

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


async def get_refresh_tokens(database: DatabaseDep) -> RefreshTokens:
    return RefreshTokens(database)


RefreshTokensDep = Annotated[RefreshTokens, Depends(get_refresh_tokens)]
