"""The stored user."""

from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import CheckConstraint, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from app.auth.scopes import Role
from app.database.base import Base, utc_now


class User(Base):
    """A user of the service."""

    __tablename__ = "users"
    __table_args__ = (
        CheckConstraint("role IN ('user', 'admin')", name="role_is_known"),
        Index(None, "created_at", "id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    email: Mapped[str] = mapped_column(String(254), unique=True)
    # {% if passwords %}
    password_hash: Mapped[str] = mapped_column(String(255))
    # {% endif %}
    role: Mapped[Role] = mapped_column(String(5), default="user")
    active: Mapped[bool] = mapped_column(default=True)
    version: Mapped[int] = mapped_column(default=0)
    """It increases when rights end. {{ {'jwt': 'Tokens', 'session': 'Sessions', 'api_key': 'Keys'}[auth] }} of an earlier version are refused."""
    created_at: Mapped[datetime] = mapped_column(default=utc_now)

    __mapper_args__ = {"version_id_col": version, "version_id_generator": False}

    @property
    def is_admin(self) -> bool:
        return self.role == "admin"

    def accepts(self, version: int) -> bool:
        """Return whether what the user got at this version is still valid."""
        return self.active and self.version == version
