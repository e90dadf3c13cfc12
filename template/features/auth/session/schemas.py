"""What clients send and get."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, SecretStr

from app.users.schemas import UserRead


class Credentials(BaseModel):
    """What users log in with."""

    model_config = ConfigDict(extra="forbid")

    email: Annotated[str, Field(max_length=254)]
    password: Annotated[SecretStr, Field(max_length=128)]


class CurrentSession(BaseModel):
    """The session of the caller; its secret is in the cookie."""

    user: UserRead
    csrf_token: str = Field(description="For the header X-CSRF-Token of whatever is no GET.")


class SessionRead(BaseModel):
    """A session as its user sees it."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    user_agent: str
    created_at: datetime
    last_used_at: datetime
    expires_at: datetime
    current: bool = False


class SessionList(BaseModel):
    """Every session of the user, the last used first."""

    items: list[SessionRead]
