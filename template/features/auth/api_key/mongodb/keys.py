"""API keys. They are looked up by their prefix and stored as a hash."""

from datetime import datetime, timedelta
from hashlib import sha256
from hmac import compare_digest
from typing import Annotated
from uuid import UUID

from fastapi import Depends
from pydantic import Field
from pymongo import IndexModel

from app.database.connection import Database
from app.database.dependencies import DatabaseDep
from app.database.documents import INDEXES, OWNED, Record, utc_now
from app.users.models import User

PRECISION = timedelta(minutes=1)
"""Precision of the time of last use: not every request writes to the database."""


class ApiKey(Record):
    """An API key of a user. It ends with the keys of the same user that it stems from."""

    collection = "api_keys"

    user_id: UUID
    user_version: int
    ancestors: list[UUID] = Field(default_factory=list)
    prefix: str
    key_hash: str
    name: str
    scope: str
    created_at: datetime = Field(default_factory=utc_now)
    expires_at: datetime
    last_used_at: datetime | None = None

    @property
    def scopes(self) -> list[str]:
        return self.scope.split()


INDEXES[ApiKey.collection] = [
    IndexModel("user_id"),
    IndexModel("ancestors"),
    IndexModel("prefix", unique=True),
    IndexModel("expires_at", expireAfterSeconds=0),
]
OWNED[ApiKey.collection] = "user_id"


class ApiKeys:
    """Stores API keys."""

    def __init__(self, database: Database) -> None:
        self.keys = database[ApiKey.collection]

    async def add(self, key: ApiKey) -> ApiKey:
        await self.keys.insert_one(key.to_document())
        return key

    async def use(self, text: str) -> ApiKey | None:
        """Return the key with this text, unless it is unknown, expired or without an ancestor."""
        now = utc_now()
        prefix, _, _ = text.partition("_")
        document = await self.keys.find_one({"prefix": prefix, "expires_at": {"$gt": now}})
        if document is None or not compare_digest(document["key_hash"], digest(text)):
            return None
        key = ApiKey.from_document(document)
        if not await self.has_ancestors(key):
            return None
        if key.last_used_at is None or key.last_used_at < now - PRECISION:
            await self.keys.update_one({"_id": key.id}, {"$set": {"last_used_at": now}})
        return key

    async def has_ancestors(self, key: ApiKey) -> bool:
        """Return whether no ancestor was revoked, perhaps while the key was being created."""
        ancestors = {"_id": {"$in": key.ancestors}}
        return await self.keys.count_documents(ancestors) == len(key.ancestors)

    async def of(self, user: User) -> list[ApiKey]:
        """Return the user's keys that have not expired, newest first."""
        own = {"user_id": user.id, "user_version": user.version, "expires_at": {"$gt": utc_now()}}
        found = self.keys.find(own, sort=[("created_at", -1), ("_id", 1)])
        keys = [ApiKey.from_document(document) async for document in found]
        alive = {key.id for key in keys}
        return [key for key in keys if alive.issuperset(key.ancestors)]

    async def revoke(self, key_id: UUID) -> None:
        await self.keys.delete_many({"$or": [{"_id": key_id}, {"ancestors": key_id}]})

    async def revoke_all(self, user_id: UUID) -> None:
        await self.keys.delete_many({"user_id": user_id})


def digest(text: str) -> str:
    return sha256(text.encode()).hexdigest()


async def get_api_keys(database: DatabaseDep) -> ApiKeys:
    return ApiKeys(database)


ApiKeysDep = Annotated[ApiKeys, Depends(get_api_keys)]
