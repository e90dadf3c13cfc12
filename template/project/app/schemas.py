"""Bases of requests and responses, and the messages of validation errors."""

from collections.abc import Mapping
from typing import Annotated, Any, Generic, TypeVar

from pydantic import BaseModel, ConfigDict, Field

T = TypeVar("T")


class Schema(BaseModel):
    """A request. Fields that it does not have are refused."""

    model_config = ConfigDict(extra="forbid")


class PageQuery(Schema):
    """Which part of a list to return."""

    limit: Annotated[int, Field(ge=1, le=100)] = 20
    offset: Annotated[int, Field(ge=0, le=1_000_000)] = 0


class Page(BaseModel, Generic[T]):
    """A part of a list."""

    items: list[T]
    total: int
    limit: int
    offset: int


def error_message(error: Mapping[str, Any]) -> str:
    """Return why a value is invalid. Pydantic adds a prefix to the message of a `ValueError`."""
    return str(error["msg"]).removeprefix("Value error, ")
