"""Store users in the database, one document each."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends
from pymongo import ReturnDocument

from app.database.connection import Database
from app.database.dependencies import DatabaseDep
from app.database.documents import OWNED
from app.database.errors import StaleDocumentError
from app.users.models import User


class UserRepository:
    """Stores users."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.users = database[User.collection]

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


async def get_user_repository(database: DatabaseDep) -> UserRepository:
    return UserRepository(database)


UserRepositoryDep = Annotated[UserRepository, Depends(get_user_repository)]
