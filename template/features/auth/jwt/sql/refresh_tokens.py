"""Refresh tokens. Each can be used once and is stored as a hash."""

import logging
from collections.abc import Iterable
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Annotated
from uuid import UUID, uuid4

from fastapi import Depends
from sqlalchemy import ForeignKey, String, delete, select, update
from sqlalchemy.orm import Mapped, mapped_column

from app.database.base import Base, utc_now
from app.database.dependencies import SessionDep
from app.dependencies import SettingsDep
from app.users.models import User

GRACE = timedelta(seconds=10)
"""How long a used token gives the same successor again: two tabs may refresh at once."""

logger = logging.getLogger(__name__)


class RefreshToken(Base):
    """A refresh token. All tokens that follow from one login form a family."""

    __tablename__ = "refresh_tokens"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    user_version: Mapped[int]
    family_id: Mapped[UUID] = mapped_column(index=True)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    scope: Mapped[str] = mapped_column(String(1000))
    expires_at: Mapped[datetime] = mapped_column(index=True)
    used_at: Mapped[datetime | None]


class RefreshTokens:
    """Stores refresh tokens."""

    def __init__(self, session: SessionDep, settings: SettingsDep) -> None:
        self.session = session
        self.lifetime = timedelta(days=settings.refresh_token_days)

    async def add(
        self,
        user: User,
        token: str,
        scopes: Iterable[str],
        follows: RefreshToken | None = None,
    ) -> None:
        """Store a token of a new login, or the one that follows another."""
        now = utc_now()
        await self.session.execute(delete(RefreshToken).where(RefreshToken.expires_at < now))
        self.session.add(
            RefreshToken(
                user_id=user.id,
                user_version=user.version,
                family_id=follows.family_id if follows else uuid4(),
                token_hash=digest(token),
                scope=" ".join(sorted(scopes)),
                expires_at=now + self.lifetime,
            )
        )
        await self.session.flush()

    async def use(self, token: str) -> tuple[RefreshToken | None, bool]:
        """Use up the token. Return it, and whether nobody used it before.

        A second use within the grace is allowed. A later one revokes the family.
        """
        now = utc_now()
        wanted = (RefreshToken.token_hash == digest(token), RefreshToken.expires_at > now)
        unused = update(RefreshToken).where(*wanted, RefreshToken.used_at.is_(None))
        if first := await self.session.scalar(unused.values(used_at=now).returning(RefreshToken)):
            return first, True
        known = await self.session.scalar(select(RefreshToken).where(*wanted))
        if known is None or (known.used_at and now - known.used_at < GRACE):
            return known, False
        logger.warning("A refresh token of user %s was used twice", known.user_id)
        await self.revoke_family(known.family_id)
        await self.session.commit()  # commit now, because the request is refused afterwards
        return None, False

    async def revoke(self, token: str) -> None:
        """Revoke a token and its family. Ignore an unknown or used token."""
        family = select(RefreshToken.family_id).where(RefreshToken.token_hash == digest(token))
        if family_id := await self.session.scalar(family):
            await self.revoke_family(family_id)

    async def revoke_family(self, family_id: UUID) -> None:
        """Delete until none is left: a refresh that this waits for adds another token."""
        family = delete(RefreshToken).where(RefreshToken.family_id == family_id)
        while await self.session.scalar(family.returning(RefreshToken.id)):
            pass

    async def revoke_all(self, user_id: UUID) -> None:
        await self.session.execute(delete(RefreshToken).where(RefreshToken.user_id == user_id))


def digest(token: str) -> str:
    return sha256(token.encode()).hexdigest()


RefreshTokensDep = Annotated[RefreshTokens, Depends()]
