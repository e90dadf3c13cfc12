"""Requests and responses."""

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Literal
from uuid import UUID

from pydantic import MISSING, AfterValidator, BaseModel, ConfigDict, Field, StringConstraints

from app.schemas import Page, PageQuery, Schema

NO_NUL = r"^[^\x00]*$"  # PostgreSQL cannot store NUL characters


def to_cents(price: Decimal) -> Decimal:
    return abs(price.quantize(Decimal("0.01")))


def drop_repeated(tags: list[str]) -> list[str]:
    return list(dict.fromkeys(tags))


Name = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100, pattern=NO_NUL)
]
Description = Annotated[str, StringConstraints(max_length=1000, pattern=NO_NUL)]
Price = Annotated[Decimal, Field(ge=0, max_digits=12, decimal_places=2), AfterValidator(to_cents)]
Tag = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=50, pattern=NO_NUL)
]
Tags = Annotated[list[Tag], Field(max_length=10), AfterValidator(drop_repeated)]


class ItemCreate(Schema):
    """A new item, or the new state of one that is replaced."""

    name: Name
    description: Description | None = None
    price: Price
    tags: Tags = []


class ItemPatch(Schema):
    """The fields of an item that change."""

    # MISSING: the request does not have the field. `None` would not tell it from null.
    name: Name | MISSING = MISSING
    description: Description | MISSING | None = MISSING
    price: Price | MISSING = MISSING
    tags: Tags | MISSING = MISSING


class ItemQuery(PageQuery):
    """Which items to list, and in which order."""

    q: Annotated[
        str | None,
        Field(max_length=100, pattern=NO_NUL, description="A part of the name or description."),
    ] = None
    tags: Annotated[Tags, Field(description="Tags that an item must have, all of them.")] = []
    sort: Literal[
        "name", "-name", "price", "-price", "created_at", "-created_at", "updated_at", "-updated_at"
    ] = "-created_at"


class ItemPublic(BaseModel):
    """An item as clients see it."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    name: str
    description: str | None
    price: Decimal
    tags: list[str]
    created_at: datetime
    updated_at: datetime


class ItemList(Page[ItemPublic]):
    """One page of the items that a query found."""
