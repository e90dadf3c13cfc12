"""Slow down password guessing and mass registration, by the attempts of the last minutes."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import IPv6Address, IPv6Network, ip_address
from typing import Annotated
from uuid import UUID

from fastapi import Depends, HTTPException, Request
from pydantic import Field
from pymongo import IndexModel

# {% if auth == 'jwt' %}
from app.auth.refresh_tokens import digest
# {% else %}
from app.auth.sessions import digest
# {% endif %}
from app.database.dependencies import DatabaseDep
from app.database.documents import INDEXES, Record, utc_now
from app.dependencies import SettingsDep

WINDOW = timedelta(minutes=15)
MAX_WAIT = 900
CHECK_TIME = timedelta(seconds=30)
"""An attempt that is older and has no result counts as a failed one."""
ADDRESS_SHARE = 5
"""How many times the failures of an account an address may have: people share addresses."""


class Attempt(Record):
    """An attempt that failed or is still being checked, of an account or an address."""

    collection = "attempts"

    key: str
    made_at: datetime = Field(default_factory=utc_now)
    failed: bool = False


INDEXES[Attempt.collection] = [
    IndexModel([("key", 1), ("made_at", -1)]),
    IndexModel("made_at", expireAfterSeconds=int(WINDOW.total_seconds())),
]


# {% include 'template/features/auth/passwords/throttle.py' %}


class LoginThrottle:
    """Refuses too many attempts. Each is stored before the check, so parallel ones count, too."""

    def __init__(self, request: Request, settings: SettingsDep, database: DatabaseDep) -> None:
        self.address = network(request.client.host) if request.client else ""
        self.settings = settings
        self.attempts = database[Attempt.collection]

    # {% filter indent(4, true) %}
    # {% include 'template/features/auth/passwords/throttle_methods.py' %}
    # {% endfilter %}

    async def add(self, *keys: str) -> list[UUID]:
        made = [Attempt(key=key) for key in keys]
        await self.attempts.insert_many([attempt.to_document() for attempt in made])
        return [attempt.id for attempt in made]

    async def others(self, key: str, made: list[UUID]) -> Others:
        """Return the attempts for this key without those just made."""
        now = utc_now()
        counted = {"key": key, "made_at": {"$gt": now - WINDOW}, "_id": {"$nin": made}}
        over = {"$or": [{"failed": True}, {"made_at": {"$lt": now - CHECK_TIME}}]}
        failed = {**counted, **over}
        last = await self.attempts.find_one(failed, sort=[("made_at", -1)])
        count = await self.attempts.count_documents(failed)
        running = await self.attempts.count_documents({**counted, "$nor": over["$or"]})
        return Others(count, running, now - (last["made_at"] if last else now))

    async def fail(self, made: list[UUID]) -> None:
        await self.attempts.update_many({"_id": {"$in": made}}, {"$set": {"failed": True}})

    async def forget(self, made: list[UUID], account: str = "") -> None:
        """Delete these attempts, and all of an account."""
        await self.attempts.delete_many({"$or": [{"key": account}, {"_id": {"$in": made}}]})


LoginThrottleDep = Annotated[LoginThrottle, Depends()]
