"""Requests and responses."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints

from app.auth.scopes import SCOPES
from app.schemas import Schema
from app.users.schemas import UserPublic

NO_NUL = r"^[^\x00]*$"  # PostgreSQL cannot store NUL characters


def known(scope: str) -> str:
    if scope not in SCOPES:
        raise ValueError(f"one of {', '.join(SCOPES)}")
    return scope


Name = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100, pattern=NO_NUL)
]
Scope = Annotated[str, AfterValidator(known)]


class ApiKeyCreate(Schema):
    """A new key: its name, its scopes and its lifetime."""

    name: Name
    scopes: Annotated[set[Scope], Field(min_length=1)]
    days: Annotated[
        int | None,
        Field(ge=1, le=3650, description="Days until it expires; by default as in the settings."),
    ] = None


class ApiKeyPublic(BaseModel):
    """A key, without its secret."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    prefix: str
    name: str
    scopes: list[str]
    created_at: datetime
    expires_at: datetime
    last_used_at: datetime | None


class ApiKeyIssued(ApiKeyPublic):
    """A new key with its secret, which is shown only once."""

    key: str


class ApiKeyList(BaseModel):
    """The user's keys, newest first."""

    items: list[ApiKeyPublic]


class UserCreated(UserPublic):
    """A new user and their first key."""

    api_key: ApiKeyIssued
