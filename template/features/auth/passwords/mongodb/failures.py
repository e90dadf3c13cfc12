"""Failed logins, for as long as they count."""

from datetime import datetime
from typing import Annotated

from fastapi import Depends
from pydantic import Field
from pymongo import IndexModel

from app.auth.throttle import REMEMBERED, seconds_left
from app.database.connection import INDEXES, Database
from app.database.dependencies import DatabaseDep
from app.database.records import Record, utc_now


class LoginFailure(Record):
    """A failed login of an account or an address."""

    collection = "login_failures"

    key: str
    failed_at: datetime = Field(default_factory=utc_now)


INDEXES[LoginFailure.collection] = [
    IndexModel([("key", 1), ("failed_at", -1)]),
    IndexModel("failed_at", expireAfterSeconds=int(REMEMBERED.total_seconds())),
]


class LoginFailures:
    """Counts failed logins."""

    def __init__(self, database: Database) -> None:
        self.failures = database[LoginFailure.collection]

    async def seconds_to_wait(self, key: str, allowed: int) -> int:
        now = utc_now()
        counting = {"key": key, "failed_at": {"$gt": now - REMEMBERED}}
        last = await self.failures.find_one(counting, sort=[("failed_at", -1)])
        count = await self.failures.count_documents(counting)
        return seconds_left(count, last["failed_at"] if last else None, allowed, now)

    async def add(self, *keys: str) -> None:
        await self.failures.insert_many([LoginFailure(key=key).to_document() for key in keys])

    async def forget(self, key: str) -> None:
        await self.failures.delete_many({"key": key})


async def get_login_failures(database: DatabaseDep) -> LoginFailures:
    return LoginFailures(database)


LoginFailuresDep = Annotated[LoginFailures, Depends(get_login_failures)]
