# {% from 'template/style.jinja' import style with context %}
"""Dependencies of the rooms' routes."""

import asyncio
# {% if auth == 'none' %}
from collections.abc import AsyncIterator
# {% else %}
from collections.abc import AsyncIterator, Awaitable, Callable
# {% endif %}
# {% if auth != 'none' %}
from functools import partial
# {% endif %}
from typing import Annotated

# {% if auth != 'session' %}
from fastapi import Depends, HTTPException, Path, Query, Request
# {% else %}
from fastapi import Depends, Path, Query, Request
# {% endif %}
# {% if users and sync %}
from fastapi.concurrency import run_in_threadpool
# {% endif %}
from fastapi.requests import HTTPConnection

# {% if auth != 'none' %}
from app.auth.dependencies import Caller, CurrentUser, authenticate, get_credentials
# {% endif %}
# {% if auth == 'oidc' %}
from app.auth.provider import Provider
# {% elif auth == 'api_key' %}
from app.auth.keys import ApiKeys
# {% elif auth == 'session' %}
from app.auth.sessions import LoginSessions
# {% endif %}
# {% if auth in ['jwt', 'oidc', 'session'] %}
from app.config import Settings
# {% endif %}
# {% if users %}
from app.database.connection import Database
# {% endif %}
from app.dependencies import SettingsDep
from app.realtime.connections import Connection
from app.realtime.rooms import Rooms
from app.realtime.websocket import CLOSING_SECONDS
# {% if users %}
from app.users.repository import UserRepository
# {% endif %}

NAME = "^[A-Za-z0-9_-]{1,64}$"

RoomInPath = Annotated[str, Path(alias="room", pattern=NAME)]
RoomInQuery = Annotated[str, Query(alias="room", pattern=NAME)]


async def get_rooms(connection: HTTPConnection) -> Rooms:
    rooms: Rooms = connection.state.rooms
    return rooms


RoomsDep = Annotated[Rooms, Depends(get_rooms)]


# {% if auth == 'none' %}
async def get_listener(
    request: Request, room: RoomInQuery, rooms: RoomsDep, settings: SettingsDep
) -> AsyncIterator[Connection]:
    """Give a connection that listens to a room without being a member."""
    listener = Connection(get_address(request), settings.realtime_queue_size)
    listener.closing.add_done_callback(lambda _: end_soon(request.state.response_timeout))
    with rooms.connected(room, listener):
        yield listener


ListenerDep = Annotated[Connection, Depends(get_listener)]


def end_soon(response: asyncio.Timeout) -> None:
    """End a response, also to a client that reads nothing. See `StreamRoute`."""
    response.reschedule(asyncio.get_running_loop().time() + CLOSING_SECONDS)


def get_address(connection: HTTPConnection) -> str:
    """Return the owner of a connection: without users, its address."""
    return connection.client.host if connection.client else ""
# {% else %}
async def get_listener(
    request: Request,
    room: RoomInQuery,
    rooms: RoomsDep,
    settings: SettingsDep,
    user: CurrentUser,
) -> AsyncIterator[Connection]:
    """Give a connection that listens to a room without being a member."""
    check = caller_check(request, get_credentials(request))
    listener = Connection(str(user.id), check, settings.realtime_queue_size)
    listener.closing.add_done_callback(lambda _: end_soon(request.state.response_timeout))
    with rooms.connected(room, listener):
        yield listener


ListenerDep = Annotated[Connection, Depends(get_listener)]


def end_soon(response: asyncio.Timeout) -> None:
    """End a response, also to a client that reads nothing. See `StreamRoute`."""
    response.reschedule(asyncio.get_running_loop().time() + CLOSING_SECONDS)


def caller_check(connection: HTTPConnection, credentials: str) -> Callable[[], Awaitable[Caller]]:
    """Return a function that authenticates, now and again while the connection is open."""
    # {% if users and sync %}
    return partial(run_in_threadpool, find_caller, connection, credentials)
    # {% else %}
    return partial(find_caller, connection, credentials)
    # {% endif %}


# {% if auth == 'oidc' %}
async def find_caller(connection: HTTPConnection, credentials: str) -> Caller:
    settings: Settings = connection.app.state.settings
    provider: Provider = connection.state.provider
    return await authenticate(credentials, settings, provider)
# {% else %}
# {% set stored = 'session' if sql else 'database' %}
# {% set asks = {'jwt': 'settings', 'session': 'LoginSessions(' ~ stored ~ ', settings)'} %}
# {% set asks = asks[auth] | default('ApiKeys(' ~ stored ~ ')') %}
# {% call style() %}
async def find_caller(connection: HTTPConnection, credentials: str) -> Caller:
    # {% if sql %}
    """Authenticate in a session of its own. One of a handler would stay open with the connection."""
    # {% endif %}
    # {% if auth != 'api_key' %}
    settings: Settings = connection.app.state.settings
    # {% endif %}
    database: Database = connection.state.database
    # {% if sql %}
    async with database.begin() as session:
        users = UserRepository(session)
        return await authenticate(credentials, {{asks}}, users)
    # {% else %}
    users = UserRepository(database)
    return await authenticate(credentials, {{asks}}, users)
# {% endif %}
# {% endcall %}
# {% endif %}
# {% endif %}
# {% if auth != 'session' %}


# {% include 'template/features/websockets/origins.py' %}
# {% endif %}
