"""The rooms' routes: WebSockets for members, server-sent events for listeners."""

import asyncio
from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import APIRouter, Header, HTTPException, WebSocket
from fastapi.routing import APIRoute
from fastapi.sse import EventSourceResponse, ServerSentEvent
from starlette.types import Receive, Scope, Send

# {% if auth == 'session' %}
from app.auth.csrf import refuse_other_origins
from app.auth.dependencies import get_credentials
# {% endif %}
from app.dependencies import SettingsDep
# {% if websockets == 'redis' %}
from app.realtime.broker import RoomsUnavailable
# {% endif %}
from app.realtime.connections import Connection, encode
from app.realtime.dependencies import (
    ListenerDep,
    RoomInPath,
    RoomInQuery,
    RoomsDep,
    # {% if auth == 'none' %}
    get_address,
    # {% else %}
    caller_check,
    # {% endif %}
    # {% if auth != 'session' %}
    refuse_other_origins,
    # {% endif %}
)
from app.realtime.schemas import Member
# {% if auth in ['jwt', 'oidc', 'api_key'] %}
from app.realtime.websocket import MemberSocket, accept, receive_credentials, refuse
# {% else %}
from app.realtime.websocket import MemberSocket, refuse
# {% endif %}


class StreamRoute(APIRoute):
    """A route whose response can be ended from outside: by `request.state.response_timeout`.

    A response to a client that reads nothing waits in `send`, so it cannot end by itself.
    """

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        scope["state"]["response_timeout"] = timeout = asyncio.timeout(None)
        try:
            async with timeout:
                await super().handle(scope, receive, send)
        except Exception:
            if not timeout.expired():
                raise


router = APIRouter(tags=["realtime"], route_class=StreamRoute)

LastEventId = Annotated[str | None, Header(alias="Last-Event-ID")]

RETRY = 3_000
"""Milliseconds until a browser reconnects to a stream that ended."""


@router.websocket("/ws/rooms/{room}")
async def enter_room(
    websocket: WebSocket, room: RoomInPath, rooms: RoomsDep, settings: SettingsDep
) -> None:
    try:
        refuse_other_origins(websocket, settings)
        # {% if auth == 'none' %}
        member = Member()
        connection = Connection(get_address(websocket), settings.realtime_queue_size, member)
        # {% else %}
        # {% if auth == 'session' %}
        check = caller_check(websocket, get_credentials(websocket))
        # {% else %}
        check = caller_check(websocket, await receive_credentials(websocket, rooms))
        # {% endif %}
        member = Member(user=str((await check()).user.id))
        connection = Connection(member.user, check, settings.realtime_queue_size, member)
        # {% endif %}
        async with rooms.joined(room, connection, member) as welcome:
            # {% if auth in ['jwt', 'oidc', 'api_key'] %}
            await accept(websocket)
            # {% else %}
            await websocket.accept()
            # {% endif %}
            await MemberSocket(websocket, rooms, room, connection, member).serve(welcome)
    except HTTPException as refusal:
        await refuse(websocket, refusal)


@router.get("/api/v1/events", response_class=EventSourceResponse)
async def listen_to_room(
    room: RoomInQuery, rooms: RoomsDep, listener: ListenerDep, last_event_id: LastEventId = None
) -> AsyncIterator[ServerSentEvent]:
    """Stream the messages of a room, starting after the last event that the client received."""
    yield ServerSentEvent(retry=RETRY)
    # {% if websockets == 'redis' %}
    try:
        missed = await rooms.said_since(room, last_event_id)
    except RoomsUnavailable:
        return  # the client reconnects with the same id
    # {% else %}
    missed = await rooms.said_since(room, last_event_id)
    # {% endif %}
    for message in missed:
        yield encode(message)
    known = {message.id for message in missed}
    while event := await listener.next():
        if event.id not in known:
            yield event
