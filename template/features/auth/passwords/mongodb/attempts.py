"""Attempts to log in or to register, for as long as they count."""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Annotated
from uuid import UUID

from fastapi import Depends
from pydantic import Field
from pymongo import IndexModel

from app.database.connection import Database
from app.database.dependencies import DatabaseDep
from app.database.documents import INDEXES, Record, utc_now

REMEMBERED = timedelta(minutes=15)


class Attempt(Record):
    """An attempt that failed or is still being checked, of an account or an address."""

    collection = "attempts"

    key: str
    made_at: datetime = Field(default_factory=utc_now)


INDEXES[Attempt.collection] = [
    IndexModel([("key", 1), ("made_at", -1)]),
    IndexModel("made_at", expireAfterSeconds=int(REMEMBERED.total_seconds())),
]


class Attempts:
    """Stores attempts."""

    def __init__(self, database: Database) -> None:
        self.attempts = database[Attempt.collection]

    async def add(self, *keys: str) -> list[UUID]:
        made = [Attempt(key=key) for key in keys]
        await self.attempts.insert_many([attempt.to_document() for attempt in made])
        return [attempt.id for attempt in made]

    async def others(self, key: str, made: Collection[UUID]) -> tuple[int, timedelta]:
        """Return the number of attempts besides these, and the time since the last one."""
        now = utc_now()
        counted = {"key": key, "made_at": {"$gt": now - REMEMBERED}, "_id": {"$nin": list(made)}}
        last = await self.attempts.find_one(counted, sort=[("made_at", -1)])
        count = await self.attempts.count_documents(counted)
        return count, now - (last["made_at"] if last else now)

    async def forget(self, key: str, made: Collection[UUID]) -> None:
        """Delete all attempts of a key, and these."""
        await self.attempts.delete_many({"$or": [{"key": key}, {"_id": {"$in": list(made)}}]})

    async def withdraw(self, made: Collection[UUID]) -> None:
        await self.attempts.delete_many({"_id": {"$in": list(made)}})


async def get_attempts(database: DatabaseDep) -> Attempts:
    return Attempts(database)


AttemptsDep = Annotated[Attempts, Depends(get_attempts)]
