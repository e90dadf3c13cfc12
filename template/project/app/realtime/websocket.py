# {% set late = auth in ['jwt', 'oidc', 'api_key'] %}
# {% filter replace('token', 'key' if auth == 'api_key' else 'token') %}
"""A member's WebSocket (RFC 6455): {{ 'its credentials, ' if late }}its messages in both directions, and its end."""

import asyncio
from contextlib import suppress
from dataclasses import dataclass
# {% if late %}
from typing import Literal
# {% endif %}

from fastapi import HTTPException, WebSocket, WebSocketDisconnect, status
from fastapi.sse import ServerSentEvent
# {% if late %}
from pydantic import BaseModel, Field, ValidationError
# {% else %}
from pydantic import ValidationError
# {% endif %}
from starlette.types import Message
from starlette.websockets import WebSocketState

# {% if late %}
from app.auth.dependencies import get_credentials
# {% endif %}
from app.errors import problem_response
# {% if websockets == 'redis' %}
from app.realtime.broker import RoomsUnavailable
# {% endif %}
from app.realtime.connections import Connection, encode
from app.realtime.rooms import Rooms
from app.realtime.schemas import CLIENT_MESSAGE, Failure, Member, Present, Say, Tell, Welcome, Who

# {% if late %}
# {% if auth != 'api_key' %}
SUBPROTOCOL = "bearer"
# {% endif %}
AUTHENTICATION_SECONDS = 10.0
"""How long a connection may stay open before it is authenticated."""
CLOSE_CODES = {413: status.WS_1009_MESSAGE_TOO_BIG, 503: status.WS_1001_GOING_AWAY}
# {% endif %}
CLOSING_SECONDS = 1.0
"""How long closing may wait for a client that does not read."""
# {% if late %}


class Authenticate(BaseModel):
    """The first message of a client that sent no token before."""

    type: Literal["authenticate"]
    token: str = Field(pattern="^[!-~]+$")


async def receive_credentials(websocket: WebSocket, rooms: Rooms) -> str:
    """Return the token of the handshake. If there is none, accept and read the first message.

    # {% if auth == 'api_key' %}
    A page cannot set a header for its WebSocket. A URL is logged, so it never has the key.
    # {% else %}
    A page cannot set a header for its WebSocket. Its token may be the second of two subprotocols
    (`Sec-WebSocket-Protocol: bearer, <token>`). A URL is logged, so it never has the token.
    # {% endif %}
    """
    # {% if auth == 'api_key' %}
    if "X-API-Key" in websocket.headers:
        return get_credentials(websocket)
    # {% else %}
    if "Authorization" in websocket.headers:
        return get_credentials(websocket)
    match websocket.scope["subprotocols"]:
        case [name, token] if name == SUBPROTOCOL:
            return str(token)
    # {% endif %}
    address = websocket.client.host if websocket.client else ""
    limit = asyncio.timeout(AUTHENTICATION_SECONDS)
    message: Message = {}
    with rooms.authenticating(address, limit), suppress(TimeoutError):
        async with limit:
            await websocket.accept()
            message = await websocket.receive()
    if size(message) > rooms.settings.realtime_message_size:
        raise HTTPException(413, "The message is too large.")
    try:
        return Authenticate.model_validate_json(message.get("text") or "").token
    except ValidationError:
        raise HTTPException(401, "Authenticate first.") from None


async def accept(websocket: WebSocket) -> None:
    """Accept the handshake, unless it is accepted already."""
    if websocket.application_state is WebSocketState.CONNECTING:
        # {% if auth == 'api_key' %}
        await websocket.accept()
        # {% else %}
        offered = websocket.scope["subprotocols"]
        await websocket.accept(SUBPROTOCOL if SUBPROTOCOL in offered else None)
# {% endif %}
# {% endif %}


async def refuse(websocket: WebSocket, refusal: HTTPException) -> None:
    # {% if late %}
    """Answer the handshake with a problem document, or close an accepted connection."""
    if websocket.application_state is not WebSocketState.CONNECTING:
        code = CLOSE_CODES.get(refusal.status_code, status.WS_1008_POLICY_VIOLATION)
        await end(websocket, code, str(refusal.detail))
        return
    # {% else %}
    """Answer the handshake with a problem document."""
    # {% endif %}
    if "websocket.http.response" not in websocket.scope.get("extensions", {}):
        await websocket.close()  # the server answers 403
        return
    detail, headers = str(refusal.detail), refusal.headers
    response = problem_response(websocket.scope, refusal.status_code, detail, headers=headers)
    await websocket.send_denial_response(response)


@dataclass
class MemberSocket:
    """The WebSocket of a member who is in a room."""

    websocket: WebSocket
    rooms: Rooms
    room: str
    connection: Connection
    member: Member

    async def serve(self, welcome: Welcome) -> None:
        """Receive and send at the same time until the connection ends, then close it."""
        async with asyncio.TaskGroup() as tasks:
            both = [tasks.create_task(self.receive()), tasks.create_task(self.send(welcome))]
            code, reason = await self.connection.closing
            for task in both:
                task.cancel()
        await end(self.websocket, code, reason)

    async def send(self, welcome: Welcome) -> None:
        message: ServerSentEvent | None = encode(welcome)
        with suppress(WebSocketDisconnect):
            while message:
                await self.websocket.send({"type": "websocket.send", "text": message.raw_data})
                message = await self.connection.next()

    async def receive(self) -> None:
        while (message := await self.websocket.receive())["type"] == "websocket.receive":
            await self.handle(message)
        self.connection.close(status.WS_1000_NORMAL_CLOSURE)

    async def handle(self, message: Message) -> None:
        """React to a message. An invalid one gets an error and does not close the connection."""
        self.connection.answered = True
        settings = self.rooms.settings
        if size(message) > settings.realtime_message_size:
            reason = f"A message may have at most {settings.realtime_message_size} bytes."
            self.connection.close(status.WS_1009_MESSAGE_TOO_BIG, reason)
        elif not self.rooms.allowances[self.connection.owner].take():
            detail = f"Send at most {settings.realtime_messages_per_second} messages a second."
            self.connection.answer(Failure(code="too_many", detail=detail))
        elif (text := message.get("text")) is None:
            self.connection.answer(Failure(code="invalid", detail="Send text, not bytes."))
        else:
            await self.handle_text(text)

    async def handle_text(self, text: str) -> None:
        try:
            message = CLIENT_MESSAGE.validate_json(text)
        except ValidationError as error:
            self.connection.answer(Failure(code="invalid", detail=format_errors(error)))
            return
        # {% if websockets == 'redis' %}
        try:
            await self.dispatch(message)
        except RoomsUnavailable as away:
            self.connection.answer(Failure(code="unavailable", detail=away.detail))
        # {% else %}
        await self.dispatch(message)
    # {% endif %}

    async def dispatch(self, message: object) -> None:
        match message:
            case Say(text=text):
                await self.rooms.say(self.room, self.member, text)
            case Tell(to=to, text=text):
                if not await self.rooms.tell(self.room, self.member, to, text):
                    absent = Failure(code="absent", detail=f"{to} is not in the room.")
                    self.connection.answer(absent)
            case Who():
                present = await self.rooms.broker.present(self.room)
                self.connection.answer(Present(present=present))


def size(message: Message) -> int:
    """Return the number of bytes of a message, text or binary."""
    text: str | None = message.get("text")
    return len(message.get("bytes") or b"") if text is None else len(text.encode())


def format_errors(error: ValidationError) -> str:
    """Describe the errors in a message without quoting it."""
    wrongs = error.errors(include_input=False, include_url=False)
    return "; ".join(
        ": ".join(filter(None, [".".join(map(str, wrong["loc"][1:])), wrong["msg"]]))
        for wrong in wrongs
    )


async def end(websocket: WebSocket, code: int, reason: str) -> None:
    """Close the connection, unless the client did. Do not wait for a client that does not read."""
    if websocket.client_state is WebSocketState.CONNECTED:
        with suppress(TimeoutError, WebSocketDisconnect):
            async with asyncio.timeout(CLOSING_SECONDS):
                await websocket.close(code, reason)
# {% endfilter %}
