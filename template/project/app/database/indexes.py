"""Indexes that follow the models, when a new version of the service changes these."""

import logging
from collections.abc import Mapping, Sequence
from typing import Any

from pymongo import IndexModel
from pymongo.asynchronous.collection import AsyncCollection
from pymongo.asynchronous.database import AsyncDatabase
from pymongo.errors import OperationFailure

logger = logging.getLogger(__name__)

Document = dict[str, Any]

CREATED = "_indexes"
"""The collection with the names of the indexes that the service has created."""
OPTIONS_CONFLICT, NAME_CONFLICT = 85, 86


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
