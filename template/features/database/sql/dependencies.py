"""One session and one transaction per request."""

from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import Depends
from fastapi.requests import HTTPConnection
# {% if sync %}
from sqlalchemy.orm import Session
# {% else %}
from sqlalchemy.ext.asyncio import AsyncSession
# {% endif %}

from app.database.connection import Database


async def get_session(connection: HTTPConnection) -> AsyncIterator[AsyncSession]:
    """Commit when the handler returns, before the response is sent. Roll back when it raises."""
    database: Database = connection.state.database
    async with database() as session:
        yield session
        await session.commit()


# "function" commits before the response is sent; by default a dependency ends after it
SessionDep = Annotated[AsyncSession, Depends(get_session, scope="function")]
