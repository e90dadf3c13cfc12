"""Requests and responses."""

from typing import Annotated, Literal

from pydantic import BaseModel, Field

from app.schemas import Schema


class TokenPair(BaseModel):
    """An access token and the refresh token for the next one (RFC 6749, section 5.1)."""

    access_token: str
    token_type: Literal["bearer"] = "bearer"  # noqa: S105 -- its kind, no secret
    expires_in: int = Field(description="Seconds until the access token expires.")
    refresh_token: str
    scope: str


class RefreshRequest(Schema):
    """A refresh token."""

    refresh_token: Annotated[str, Field(max_length=100)]
