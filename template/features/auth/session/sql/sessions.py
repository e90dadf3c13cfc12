"""Sessions. Their secrets are stored as a hash."""

from datetime import datetime, timedelta
from hashlib import sha256
from secrets import token_urlsafe
from typing import Annotated
from uuid import UUID, uuid4

from fastapi import Depends
from sqlalchemy import ForeignKey, String, delete, select
# {% if sync %}
from sqlalchemy.orm import Mapped, Session, mapped_column
# {% else %}
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column
# {% endif %}

from app.config import Settings
from app.database.base import Base, utc_now
from app.database.dependencies import SessionDep
from app.dependencies import SettingsDep
from app.users.models import User

PRECISION = timedelta(minutes=1)
"""Precision of the time of last use: not every request writes to the database."""


class LoginSession(Base):
    """A login of a user in one browser."""

    __tablename__ = "sessions"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    user_version: Mapped[int]
    secret_hash: Mapped[str] = mapped_column(String(64), unique=True)
    user_agent: Mapped[str] = mapped_column(String(200), default="")
    created_at: Mapped[datetime] = mapped_column(default=utc_now)
    last_used_at: Mapped[datetime] = mapped_column(default=utc_now)
    expires_at: Mapped[datetime] = mapped_column(index=True)


class LoginSessions:
    """Stores sessions."""

    def __init__(self, session: AsyncSession, settings: Settings) -> None:
        self.session = session
        self.idle = timedelta(minutes=settings.session_idle_minutes)
        self.lifetime = timedelta(hours=settings.session_hours)

    async def start(self, user: User, user_agent: str) -> str:
        """Create a session and return its secret."""
        now = utc_now()
        await self.session.execute(delete(LoginSession).where(LoginSession.expires_at < now))
        secret = token_urlsafe(32)
        self.session.add(
            LoginSession(
                user_id=user.id,
                user_version=user.version,
                secret_hash=digest(secret),
                user_agent=user_agent[:200],
                expires_at=now + self.lifetime,
            )
        )
        await self.session.flush()
        return secret

    async def use(self, secret: str) -> LoginSession | None:
        """Return the session with this secret, unless it is unknown or has ended."""
        now = utc_now()
        known = await self.session.scalar(
            select(LoginSession).where(
                LoginSession.secret_hash == digest(secret),
                LoginSession.expires_at > now,
                LoginSession.last_used_at > now - self.idle,
            )
        )
        if known is not None and known.last_used_at < now - PRECISION:
            known.last_used_at = now
        return known

    async def of(self, user: User) -> list[LoginSession]:
        """Return the user's sessions that have not ended, last used first."""
        now = utc_now()
        own = select(LoginSession).where(
            LoginSession.user_id == user.id,
            LoginSession.user_version == user.version,
            LoginSession.expires_at > now,
            LoginSession.last_used_at > now - self.idle,
        )
        return list(await self.session.scalars(own.order_by(LoginSession.last_used_at.desc())))

    async def end(self, user_id: UUID, session_id: UUID) -> bool:
        """End a session of a user; return whether there was one."""
        own = (LoginSession.id == session_id, LoginSession.user_id == user_id)
        ended = delete(LoginSession).where(*own).returning(LoginSession.id)
        return await self.session.scalar(ended) is not None

    async def end_by_secret(self, secret: str) -> None:
        known = LoginSession.secret_hash == digest(secret)
        await self.session.execute(delete(LoginSession).where(known))

    async def end_all(self, user_id: UUID) -> None:
        await self.session.execute(delete(LoginSession).where(LoginSession.user_id == user_id))


def digest(secret: str) -> str:
    return sha256(secret.encode()).hexdigest()


async def get_login_sessions(session: SessionDep, settings: SettingsDep) -> LoginSessions:
    return LoginSessions(session, settings)


LoginSessionsDep = Annotated[LoginSessions, Depends(get_login_sessions)]
