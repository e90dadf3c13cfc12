"""Requests and responses."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from app.schemas import Schema
from app.users.schemas import CurrentPassword, UserPublic


class Credentials(Schema):
    """The credentials of a login."""

    email: Annotated[str, Field(max_length=254)]
    password: CurrentPassword


class CurrentSession(BaseModel):
    """The caller's session. Its secret is in the cookie."""

    user: UserPublic
    csrf_token: str = Field(description="For the header X-CSRF-Token of changing requests.")


class SessionPublic(BaseModel):
    """A session, without its secret."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    user_agent: str
    created_at: datetime
    last_used_at: datetime
    expires_at: datetime
    current: bool = False


class SessionList(BaseModel):
    """The user's sessions, last used first."""

    items: list[SessionPublic]
