"""Clients of rooms."""

from collections.abc import Callable, Generator
from contextlib import contextmanager
from time import sleep
from typing import Any

import pytest
from fastapi.testclient import TestClient
from starlette.testclient import WebSocketTestSession

from app.realtime.rooms import Rooms


@contextmanager
def in_room(client: TestClient, room: str, **headers: str) -> Generator[WebSocketTestSession]:
    """Enter a room and read the first messages. Leave at the end."""
    with client.websocket_connect(f"/ws/rooms/{room}", headers=headers) as socket:
        you = socket.receive_json()["you"]
        while next_of(socket, "joined")["member"] != you:
            pass
        yield socket
        socket.close()
        wait_until(lambda: you["id"] not in call(client, members_of, rooms_of(client)))


async def members_of(rooms: Rooms) -> set[str]:
    return {connection.member.id for connection in rooms.connections if connection.member}


def say(socket: WebSocketTestSession, text: str) -> None:
    socket.send_json({"type": "say", "text": text})


def next_of(socket: WebSocketTestSession, kind: str) -> dict[str, Any]:
    """Return the next message of this type, and skip others."""
    while True:
        message: dict[str, Any] = socket.receive_json()
        if message["type"] == kind:
            return message


def rooms_of(client: TestClient) -> Rooms:
    rooms: Rooms = client.app_state["rooms"]
    return rooms


def call(client: TestClient, function: Any, *arguments: Any) -> Any:
    """Call a function on the event loop of the service."""
    assert client.portal
    return client.portal.call(function, *arguments)


def wait_until(condition: Callable[[], object]) -> None:
    for _ in range(1000):
        if condition():
            return
        sleep(0.005)
    pytest.fail("It did not come to that within five seconds.")
