"""The database, for handlers."""

from typing import Annotated

from fastapi import Depends
from fastapi.requests import HTTPConnection

from app.database.connection import Database


async def get_database(connection: HTTPConnection) -> Database:
    database: Database = connection.state.database
    return database


DatabaseDep = Annotated[Database, Depends(get_database)]
