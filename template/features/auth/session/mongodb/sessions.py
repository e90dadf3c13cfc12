"""Sessions. Their secrets are stored as a hash."""

from datetime import datetime, timedelta
from hashlib import sha256
from secrets import token_urlsafe
from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends
from pydantic import Field
from pymongo import IndexModel

from app.config import Settings
from app.database.connection import Database
from app.database.dependencies import DatabaseDep
from app.database.documents import INDEXES, OWNED, Record, utc_now
from app.dependencies import SettingsDep
from app.users.models import User

PRECISION = timedelta(minutes=1)
"""Precision of the time of last use: not every request writes to the database."""


class LoginSession(Record):
    """A login of a user in one browser."""

    collection = "sessions"

    user_id: UUID
    user_version: int
    secret_hash: str
    user_agent: str = ""
    created_at: datetime = Field(default_factory=utc_now)
    last_used_at: datetime = Field(default_factory=utc_now)
    expires_at: datetime


INDEXES[LoginSession.collection] = [
    IndexModel("user_id"),
    IndexModel("secret_hash", unique=True),
    IndexModel("expires_at", expireAfterSeconds=0),
]
OWNED[LoginSession.collection] = "user_id"


class LoginSessions:
    """Stores sessions."""

    def __init__(self, database: Database, settings: Settings) -> None:
        self.sessions = database[LoginSession.collection]
        self.idle = timedelta(minutes=settings.session_idle_minutes)
        self.lifetime = timedelta(hours=settings.session_hours)

    async def start(self, user: User, user_agent: str) -> str:
        """Create a session and return its secret."""
        secret = token_urlsafe(32)
        started = LoginSession(
            user_id=user.id,
            user_version=user.version,
            secret_hash=digest(secret),
            user_agent=user_agent[:200],
            expires_at=utc_now() + self.lifetime,
        )
        await self.sessions.insert_one(started.to_document())
        return secret

    async def use(self, secret: str) -> LoginSession | None:
        """Return the session with this secret, unless it is unknown or has ended."""
        now = utc_now()
        document = await self.sessions.find_one({"secret_hash": digest(secret), **self.open(now)})
        if document is None:
            return None
        if document["last_used_at"] < now - PRECISION:
            used = {"$set": {"last_used_at": now}}
            await self.sessions.update_one({"_id": document["_id"]}, used)
        return LoginSession.from_document(document)

    async def of(self, user: User) -> list[LoginSession]:
        """Return the user's sessions that have not ended, last used first."""
        own = {"user_id": user.id, "user_version": user.version, **self.open(utc_now())}
        found = self.sessions.find(own, sort=[("last_used_at", -1)])
        return [LoginSession.from_document(document) async for document in found]

    async def end(self, user_id: UUID, session_id: UUID) -> bool:
        """End a session of a user; return whether there was one."""
        ended = await self.sessions.delete_one({"_id": session_id, "user_id": user_id})
        return ended.deleted_count > 0

    async def end_by_secret(self, secret: str) -> None:
        await self.sessions.delete_one({"secret_hash": digest(secret)})

    async def end_all(self, user_id: UUID) -> None:
        await self.sessions.delete_many({"user_id": user_id})

    def open(self, now: datetime) -> dict[str, Any]:
        return {"expires_at": {"$gt": now}, "last_used_at": {"$gt": now - self.idle}}


def digest(secret: str) -> str:
    return sha256(secret.encode()).hexdigest()


async def get_login_sessions(database: DatabaseDep, settings: SettingsDep) -> LoginSessions:
    return LoginSessions(database, settings)


LoginSessionsDep = Annotated[LoginSessions, Depends(get_login_sessions)]
