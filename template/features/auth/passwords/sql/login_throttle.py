"""Slow down password guessing and mass registration, by the attempts of the last minutes."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import IPv6Address, IPv6Network, ip_address
from typing import Annotated
from uuid import UUID, uuid4

from fastapi import Depends, HTTPException, Request
from sqlalchemy import Index, String, delete, func, or_, select, update
from sqlalchemy.orm import Mapped, mapped_column

# {% if auth == 'jwt' %}
from app.auth.refresh_tokens import digest
# {% else %}
from app.auth.sessions import digest
# {% endif %}
from app.database.base import Base, utc_now
from app.database.dependencies import SessionDep
from app.dependencies import SettingsDep

WINDOW = timedelta(minutes=15)
MAX_WAIT = 900
CHECK_TIME = timedelta(seconds=30)
"""An attempt that is older and has no result counts as a failed one."""
ADDRESS_SHARE = 5
"""How many times the failures of an account an address may have: people share addresses."""


class Attempt(Base):
    """An attempt that failed or is still being checked, of an account or an address."""

    __tablename__ = "attempts"
    __table_args__ = (Index(None, "key", "made_at"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    key: Mapped[str] = mapped_column(String(64))
    made_at: Mapped[datetime] = mapped_column(default=utc_now, index=True)
    failed: Mapped[bool] = mapped_column(default=False)


# {% include 'template/features/auth/passwords/throttle.py' %}


class LoginThrottle:
    """Refuses too many attempts. Each is stored before the check, so parallel ones count, too.

    It commits at once, because a refused request is rolled back; in the session of the request,
    because a second connection could wait for the first one, or for the pool.
    """

    def __init__(self, request: Request, settings: SettingsDep, session: SessionDep) -> None:
        self.address = network(request.client.host) if request.client else ""
        self.settings = settings
        self.session = session

    # {% filter indent(4, true) %}
    # {% include 'template/features/auth/passwords/throttle_methods.py' %}
    # {% endfilter %}

    async def add(self, *keys: str) -> list[UUID]:
        past = Attempt.made_at < utc_now() - WINDOW
        await self.session.execute(delete(Attempt).where(past))
        made = [Attempt(key=key) for key in keys]
        self.session.add_all(made)
        await self.session.commit()
        return [attempt.id for attempt in made]

    async def others(self, key: str, made: list[UUID]) -> Others:
        """Return the attempts for this key without those just made."""
        now = utc_now()
        failed = or_(Attempt.failed, Attempt.made_at < now - CHECK_TIME)
        counted = select(
            func.count().filter(failed),
            func.count().filter(~failed),
            func.max(Attempt.made_at).filter(failed),
        ).where(Attempt.key == key, Attempt.made_at > now - WINDOW, Attempt.id.not_in(made))
        count, running, last = (await self.session.execute(counted)).one()
        await self.session.commit()  # no connection should wait while a password is checked
        return Others(count, running, now - (last or now))

    async def fail(self, made: list[UUID]) -> None:
        await self.session.rollback()
        failed = update(Attempt).where(Attempt.id.in_(made)).values(failed=True)
        await self.session.execute(failed)
        await self.session.commit()

    async def forget(self, made: list[UUID], account: str = "") -> None:
        """Delete these attempts, and all of an account."""
        forgotten = (Attempt.key == account) | Attempt.id.in_(made)
        await self.session.execute(delete(Attempt).where(forgotten))
        await self.session.commit()


LoginThrottleDep = Annotated[LoginThrottle, Depends()]
