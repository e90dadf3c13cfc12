"""Attempts to log in or to register, for as long as they count."""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Annotated
from uuid import UUID, uuid4

from fastapi import Depends
from sqlalchemy import Index, String, delete, func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from app.database.base import Base, utc_now
from app.database.dependencies import SessionDep

REMEMBERED = timedelta(minutes=15)


class Attempt(Base):
    """An attempt that failed or is still being checked, of an account or an address."""

    __tablename__ = "attempts"
    __table_args__ = (Index(None, "key", "made_at"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    key: Mapped[str] = mapped_column(String(64))
    made_at: Mapped[datetime] = mapped_column(default=utc_now, index=True)


class Attempts:
    """Stores attempts. It commits at once, because a refused request is rolled back."""

    def __init__(self, session: AsyncSession) -> None:
        self.session = session

    async def add(self, *keys: str) -> list[UUID]:
        past = Attempt.made_at < utc_now() - REMEMBERED
        await self.session.execute(delete(Attempt).where(past))
        made = [Attempt(key=key) for key in keys]
        self.session.add_all(made)
        await self.session.commit()
        return [attempt.id for attempt in made]

    async def others(self, key: str, made: Collection[UUID]) -> tuple[int, timedelta]:
        """Return the number of attempts besides these, and the time since the last one."""
        now = utc_now()
        counted = select(func.count(), func.max(Attempt.made_at)).where(
            Attempt.key == key, Attempt.made_at > now - REMEMBERED, Attempt.id.not_in(made)
        )
        count, last = (await self.session.execute(counted)).one()
        return count, now - (last or now)

    async def forget(self, key: str, made: Collection[UUID]) -> None:
        """Delete all attempts of a key, and these."""
        forgotten = (Attempt.key == key) | Attempt.id.in_(made)
        await self.session.execute(delete(Attempt).where(forgotten))
        await self.session.commit()

    async def withdraw(self, made: Collection[UUID]) -> None:
        await self.session.execute(delete(Attempt).where(Attempt.id.in_(made)))
        await self.session.commit()


async def get_attempts(session: SessionDep) -> Attempts:
    return Attempts(session)


AttemptsDep = Annotated[Attempts, Depends(get_attempts)]
