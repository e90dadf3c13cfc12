"""The stored user."""

from datetime import datetime

from pydantic import Field
from pymongo import IndexModel

from app.auth.scopes import Role
from app.database.documents import INDEXES, Record, utc_now


class User(Record):
    """A user of the service."""

    collection = "users"

    email: str
    # {% if passwords %}
    password_hash: str = ""
    # {% endif %}
    role: Role = "user"
    active: bool = True
    version: int = 0
    """It increases when rights end. {{ {'jwt': 'Tokens', 'session': 'Sessions', 'api_key': 'Keys'}[auth] }} of an earlier version are refused."""
    created_at: datetime = Field(default_factory=utc_now)

    @property
    def is_admin(self) -> bool:
        return self.role == "admin"

    def accepts(self, version: int) -> bool:
        """Return whether what the user got at this version is still valid."""
        return self.active and self.version == version


INDEXES[User.collection] = [
    IndexModel("email", unique=True),
    IndexModel([("created_at", 1), ("_id", 1)]),
]
