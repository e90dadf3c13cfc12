"""Failed logins, for as long as they count."""

from datetime import datetime
from typing import Annotated
from uuid import UUID, uuid4

from fastapi import Depends
from sqlalchemy import Index, String, delete, func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from app.auth.throttle import REMEMBERED, seconds_left
from app.database.base import Base, utc_now
from app.database.dependencies import SessionDep


class LoginFailure(Base):
    """A failed login of an account or an address."""

    __tablename__ = "login_failures"
    __table_args__ = (Index(None, "key", "failed_at"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    key: Mapped[str] = mapped_column(String(64))
    failed_at: Mapped[datetime] = mapped_column(default=utc_now, index=True)


class LoginFailures:
    """Counts failed logins."""

    def __init__(self, session: AsyncSession) -> None:
        self.session = session

    async def seconds_to_wait(self, key: str, allowed: int) -> int:
        now = utc_now()
        counted = select(func.count(), func.max(LoginFailure.failed_at)).where(
            LoginFailure.key == key, LoginFailure.failed_at > now - REMEMBERED
        )
        failures, last = (await self.session.execute(counted)).one()
        return seconds_left(failures, last, allowed, now)

    async def add(self, *keys: str) -> None:
        """Count a failure. Commit now, because the request is refused afterwards."""
        past = LoginFailure.failed_at < utc_now() - REMEMBERED
        await self.session.execute(delete(LoginFailure).where(past))
        self.session.add_all(LoginFailure(key=key) for key in keys)
        await self.session.commit()

    async def forget(self, key: str) -> None:
        await self.session.execute(delete(LoginFailure).where(LoginFailure.key == key))


async def get_login_failures(session: SessionDep) -> LoginFailures:
    return LoginFailures(session)


LoginFailuresDep = Annotated[LoginFailures, Depends(get_login_failures)]
