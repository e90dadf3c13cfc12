"""Base class of documents."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, ClassVar, Self
from uuid import UUID, uuid4

from bson import Decimal128
from pydantic import BaseModel, Field

from app.database.connection import Document


class Record(BaseModel):
    """A document. Its `id` is stored as `_id`, its decimals exactly."""

    collection: ClassVar[str]

    id: UUID = Field(default_factory=uuid4)

    @classmethod
    def from_document(cls, document: Document) -> Self:
        fields = {name: from_bson(value) for name, value in document.items() if name != "_id"}
        return cls(id=document["_id"], **fields)

    def to_document(self) -> Document:
        fields = to_document(self.model_dump(exclude={"id"}))
        return {"_id": self.id, **fields}


def to_document(fields: dict[str, Any]) -> Document:
    """Return fields other than the id as MongoDB stores them."""
    return {
        name: Decimal128(value) if isinstance(value, Decimal) else value
        for name, value in fields.items()
    }


def from_bson(value: Any) -> Any:
    return value.to_decimal() if isinstance(value, Decimal128) else value


def utc_now() -> datetime:
    """Return the current time in milliseconds, as MongoDB stores it."""
    now = datetime.now(UTC)
    return now.replace(microsecond=now.microsecond // 1000 * 1000)
