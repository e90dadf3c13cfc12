"""Store users in the database, one document each."""

from asyncio import sleep
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends, HTTPException
from pydantic import Field
from pymongo import IndexModel, ReturnDocument
from pymongo.errors import DuplicateKeyError

from app.database.connection import Database
from app.database.dependencies import DatabaseDep
from app.database.documents import INDEXES, OWNED, Record, utc_now
from app.database.errors import StaleDocumentError
from app.users.models import User

TRIES = 100
PAUSE = 0.05


class AdminLock(Record):
    """The lock that a request has while it changes other users. A killed process leaves it."""

    collection = "admin_locks"

    name: str = "admins"
    made_at: datetime = Field(default_factory=utc_now)


INDEXES[AdminLock.collection] = [
    IndexModel("name", unique=True),
    IndexModel("made_at", expireAfterSeconds=60),
]


class UserRepository:
    """Stores users."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.users = database[User.collection]
        self.locks = database[AdminLock.collection]

    async def add(self, user: User) -> User:
        await self.users.insert_one(user.to_document())
        return user

    async def get(self, user_id: UUID) -> User | None:
        document = await self.users.find_one({"_id": user_id})
        return None if document is None else User.from_document(document)

    async def get_by_email(self, email: str) -> User | None:
        document = await self.users.find_one({"email": email})
        return None if document is None else User.from_document(document)

    async def find(self, limit: int, offset: int) -> tuple[list[User], int]:
        """Return one page of the users, oldest first, and their total number."""
        order = [("created_at", 1), ("_id", 1)]
        page = self.users.find({}, sort=order, skip=offset, limit=limit)
        users = [User.from_document(document) async for document in page]
        return users, await self.users.count_documents({})

    async def update(self, user: User, changes: dict[str, Any]) -> User:
        """Change a user. Raise an error if their version has changed since they were read."""
        if not changes:
            return user
        as_read = {"_id": user.id, "version": {"$in": [user.version, None]}}  # None: no field yet
        changed = await self.users.find_one_and_update(
            as_read, {"$set": changes}, return_document=ReturnDocument.AFTER
        )
        if changed is None:
            raise StaleDocumentError(f"User {user.id} has another version or is gone.")
        return User.from_document(changed)

    async def delete(self, user: User) -> None:
        """Delete a user and everything that belongs to them."""
        await self.users.delete_one({"_id": user.id})
        for collection, field in OWNED.items():
            await self.database[collection].delete_many({field: user.id})

    @asynccontextmanager
    async def lock_admins(self) -> AsyncGenerator[list[UUID]]:
        """Yield the active admins. They stay so in this block, which one request enters at a time."""
        lock = await self.acquire(AdminLock())
        try:
            admins = self.users.find({"role": "admin", "active": True})
            yield [admin["_id"] async for admin in admins]
        finally:
            await self.locks.delete_one({"_id": lock.id})

    async def acquire(self, lock: AdminLock) -> AdminLock:
        """Store a lock when there is no other, within some seconds."""
        for _ in range(TRIES):
            try:
                await self.locks.insert_one(lock.to_document())
            except DuplicateKeyError:
                await sleep(PAUSE)
            else:
                return lock
        raise HTTPException(503, "Other admins are changing users.")


async def get_user_repository(database: DatabaseDep) -> UserRepository:
    return UserRepository(database)


UserRepositoryDep = Annotated[UserRepository, Depends(get_user_repository)]
