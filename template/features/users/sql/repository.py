"""Store users in the database, in the transaction of the request."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends
from sqlalchemy import func, select, update
# {% if sync %}
from sqlalchemy.orm import Session
# {% else %}
from sqlalchemy.ext.asyncio import AsyncSession
# {% endif %}

from app.database.dependencies import SessionDep
from app.users.models import User


class UserRepository:
    """Stores users."""

    def __init__(self, session: AsyncSession) -> None:
        self.session = session

    async def add(self, user: User) -> User:
        self.session.add(user)
        await self.session.flush()
        return user

    async def get(self, user_id: UUID) -> User | None:
        return await self.session.get(User, user_id)

    async def get_by_email(self, email: str) -> User | None:
        return await self.session.scalar(select(User).where(User.email == email))

    async def find(self, limit: int, offset: int) -> tuple[list[User], int]:
        """Return one page of the users, oldest first, and their total number."""
        page = select(User).order_by(User.created_at, User.id).limit(limit).offset(offset)
        total = await self.session.scalar(select(func.count()).select_from(User))
        return list(await self.session.scalars(page)), total or 0

    async def update(self, user: User, changes: dict[str, Any]) -> User:
        """Change a user. Raise an error if their version has changed since they were read."""
        for field, value in changes.items():
            setattr(user, field, value)
        await self.session.flush()
        return user

    async def delete(self, user: User) -> None:
        """Delete a user and everything that belongs to them."""
        await self.session.delete(user)
        await self.session.flush()

    @asynccontextmanager
    async def lock_admins(self) -> AsyncGenerator[list[UUID]]:
        """Yield the active admins. They stay so until the transaction ends.

        An update locks rows on SQLite, too, and sees what others committed while it waited.
        """
        admins = update(User).where(User.role == "admin", User.active).values(role="admin")
        yield list(await self.session.scalars(admins.returning(User.id)))


async def get_user_repository(session: SessionDep) -> UserRepository:
    return UserRepository(session)


UserRepositoryDep = Annotated[UserRepository, Depends(get_user_repository)]
