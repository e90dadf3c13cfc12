"""Base class of documents, and their indexes, which follow the models."""

import logging
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, ClassVar, Self
from uuid import UUID, uuid4

from bson import Decimal128
from pydantic import BaseModel, Field
from pymongo import IndexModel
from pymongo.asynchronous.collection import AsyncCollection
from pymongo.asynchronous.database import AsyncDatabase
from pymongo.errors import OperationFailure

logger = logging.getLogger(__name__)

Document = dict[str, Any]

INDEXES: dict[str, list[IndexModel]] = {}
"""The indexes of each collection, created when the service starts. Your modules can add theirs."""
# {% if users %}
OWNED: dict[str, str] = {}
"""Collections whose documents are deleted with their user, and the field with the user's id."""
# {% endif %}
CREATED = "_indexes"
"""The collection with the names of the indexes that the service has created."""
OPTIONS_CONFLICT, NAME_CONFLICT = 85, 86


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


async def update_indexes(
    database: AsyncDatabase[Document], wanted: Mapping[str, Sequence[IndexModel]]
) -> None:
    """Create the wanted indexes and drop those that the service created before. Leave any other."""
    for name, indexes in wanted.items():
        names = [index.document["name"] for index in indexes]
        record = await database[CREATED].find_one({"_id": name}) or {"names": []}
        for index_name in set(record["names"]).difference(names):
            await drop_index(database[name], index_name)
        for index in indexes:
            await create_index(database[name], index)
        if record["names"] != names:
            await database[CREATED].replace_one({"_id": name}, {"names": names}, upsert=True)


async def create_index(collection: AsyncCollection[Document], index: IndexModel) -> None:
    """Create an index, in place of another one of the same name."""
    try:
        await collection.create_indexes([index])
    except OperationFailure as error:
        if error.code not in {OPTIONS_CONFLICT, NAME_CONFLICT}:
            raise
        name = index.document["name"]
        if name in await collection.index_information():
            await drop_index(collection, name)
            await collection.create_indexes([index])
        else:
            logger.warning("The index %s of %s exists by another name", name, collection.name)


async def drop_index(collection: AsyncCollection[Document], name: str) -> None:
    if name in await collection.index_information():
        await collection.drop_index(name)
