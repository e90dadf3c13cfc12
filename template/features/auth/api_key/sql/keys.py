"""API keys. They are looked up by their prefix and stored as a hash."""

from datetime import datetime, timedelta
from hashlib import sha256
from hmac import compare_digest
from typing import Annotated
from uuid import UUID, uuid4

from fastapi import Depends
from sqlalchemy import ForeignKey, String, delete, select, update
# {% if sync %}
from sqlalchemy.orm import Mapped, Session, mapped_column
# {% else %}
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column
# {% endif %}

from app.database.base import Base, utc_now
from app.database.dependencies import SessionDep
from app.users.models import User

PRECISION = timedelta(minutes=1)
"""Precision of the time of last use: not every request writes to the database."""


class ApiKey(Base):
    """An API key of a user. It ends with the key of the same user that created it, its parent."""

    __tablename__ = "api_keys"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    user_version: Mapped[int]
    parent_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("api_keys.id", ondelete="CASCADE"), index=True
    )
    prefix: Mapped[str] = mapped_column(String(12), unique=True)
    key_hash: Mapped[str] = mapped_column(String(64))
    name: Mapped[str] = mapped_column(String(100))
    scope: Mapped[str] = mapped_column(String(1000))
    created_at: Mapped[datetime] = mapped_column(default=utc_now)
    expires_at: Mapped[datetime] = mapped_column(index=True)
    last_used_at: Mapped[datetime | None]

    @property
    def scopes(self) -> list[str]:
        return self.scope.split()


class ApiKeys:
    """Stores API keys."""

    def __init__(self, session: AsyncSession) -> None:
        self.session = session

    async def add(self, key: ApiKey) -> ApiKey:
        """Store a key. An update of the user lets others wait to add theirs, on SQLite, too."""
        user = update(User).where(User.id == key.user_id)
        await self.session.execute(user.values(role=User.role))
        past = ApiKey.expires_at < utc_now()
        await self.session.execute(delete(ApiKey).where(past))
        self.session.add(key)
        await self.session.flush()
        return key

    async def use(self, text: str) -> ApiKey | None:
        """Return the key with this text, unless it is unknown or expired."""
        now = utc_now()
        prefix, _, _ = text.partition("_")
        found = select(ApiKey).where(ApiKey.prefix == prefix, ApiKey.expires_at > now)
        key = await self.session.scalar(found)
        if key is None or not compare_digest(key.key_hash, digest(text)):
            return None
        if key.last_used_at is None or key.last_used_at < now - PRECISION:
            key.last_used_at = now
        return key

    async def of(self, user: User) -> list[ApiKey]:
        """Return the user's keys that have not expired, newest first."""
        own = select(ApiKey).where(
            ApiKey.user_id == user.id,
            ApiKey.user_version == user.version,
            ApiKey.expires_at > utc_now(),
        )
        newest_first = own.order_by(ApiKey.created_at.desc(), ApiKey.id)
        return list(await self.session.scalars(newest_first))

    async def revoke(self, key_id: UUID) -> None:
        await self.session.execute(delete(ApiKey).where(ApiKey.id == key_id))

    async def revoke_all(self, user_id: UUID) -> None:
        await self.session.execute(delete(ApiKey).where(ApiKey.user_id == user_id))


def digest(text: str) -> str:
    return sha256(text.encode()).hexdigest()


async def get_api_keys(session: SessionDep) -> ApiKeys:
    return ApiKeys(session)


ApiKeysDep = Annotated[ApiKeys, Depends(get_api_keys)]
