import asyncio
import gc
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from time import sleep

import pytest
from fastapi import FastAPI, HTTPException, WebSocket
from fastapi.testclient import TestClient
from starlette.testclient import WebSocketDenialResponse, WebSocketTestSession
from starlette.types import Message, Receive, Scope, Send
from starlette.websockets import WebSocketDisconnect

from app.config import Settings
from app.main import create_app
from app.realtime import connections, dependencies, rooms, websocket
from app.realtime.connections import Allowance, Connection
from tests.realtime.helpers import call, in_room, next_of, rooms_of, say, wait_until


class Unread:
    """The service with clients that read no messages."""

    def __init__(self, app: FastAPI) -> None:
        self.app = app
        self.stuck = False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_nothing(message: Message) -> None:
            if message["type"] == "websocket.send" or self.stuck:
                await asyncio.sleep(60)
            await send(message)

        await self.app(scope, receive, send_nothing)


@pytest.fixture
def unread(app: FastAPI) -> Unread:
    return Unread(app)


@pytest.fixture
def slow_client(unread: Unread, client: TestClient) -> TestClient:
    """Return a client that reads nothing."""
    slow = TestClient(unread, headers=dict(client.headers))
    slow.portal = client.portal
    slow.app_state.update(client.app_state)
    return slow


@pytest.fixture
def small_queues(client: TestClient, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "realtime_queue_size", 5)


def is_alone(socket: WebSocketTestSession) -> bool:
    sleep(0.2)
    socket.send_json({"type": "who"})
    return len(next_of(socket, "present")["present"]) == 1


@pytest.mark.usefixtures("small_queues")
def test_slow_reader_is_disconnected_and_holds_up_nobody(
    client: TestClient, slow_client: TestClient, room: str
) -> None:
    with slow_client.websocket_connect(f"/ws/rooms/{room}") as slow, in_room(client, room) as ada:
        for number in range(8):
            say(ada, str(number))
            assert next_of(ada, "said")["text"] == str(number)
        closed = slow.receive()
        assert (closed["type"], closed["code"]) == ("websocket.close", 1013)
        wait_until(partial(is_alone, ada))


@pytest.mark.usefixtures("small_queues")
def test_client_that_reads_nothing_does_not_delay_the_end(
    client: TestClient,
    slow_client: TestClient,
    unread: Unread,
    monkeypatch: pytest.MonkeyPatch,
    room: str,
) -> None:
    monkeypatch.setattr(websocket, "CLOSING_SECONDS", 0.01)
    with slow_client.websocket_connect(f"/ws/rooms/{room}"), in_room(client, room) as ada:
        unread.stuck = True
        for number in range(8):
            say(ada, str(number))
        assert next_of(ada, "left")


@pytest.mark.usefixtures("small_queues")
def test_stream_that_nobody_reads_ends(
    client: TestClient, unread: Unread, monkeypatch: pytest.MonkeyPatch, room: str
) -> None:
    monkeypatch.setattr(dependencies, "CLOSING_SECONDS", 0.01)
    unread.stuck = True
    headers = [(name.lower(), value) for name, value in client.headers.raw]
    scope: Scope = {
        "type": "http",
        "http_version": "1.1",
        "method": "GET",
        "scheme": "http",
        "path": "/api/v1/events",
        "query_string": f"room={room}".encode(),
        "headers": [(b"host", b"testserver"), *headers],
        "client": ("testclient", 1),
        "state": dict(client.app_state),
    }
    assert client.portal
    stream = client.portal.start_task_soon(unread, scope, receive_nothing, send_nothing)
    wait_until(lambda: rooms_of(client).connections)
    with in_room(client, room) as ada:
        for number in range(8):
            say(ada, str(number))
            next_of(ada, "said")
        stream.result(5)
        assert len(rooms_of(client).connections) == 1


async def receive_nothing() -> Message:
    await asyncio.sleep(60)
    raise AssertionError


async def send_nothing(message: Message) -> None:
    raise AssertionError(message)


def test_connection_whose_other_end_is_gone_is_found(client: TestClient, room: str) -> None:
    beat = rooms_of(client).beat
    with in_room(client, room) as ada, in_room(client, room) as gone:
        call(client, beat)
        assert next_of(ada, "ping")
        assert next_of(gone, "ping")
        ada.send_json({"type": "pong"})
        ada.send_json({"type": "who"})
        next_of(ada, "present")
        call(client, beat)
        with pytest.raises(WebSocketDisconnect) as ended:
            next_of(gone, "said")
        assert (ended.value.code, ended.value.reason) == (1011, "You did not answer a ping.")
        assert next_of(ada, "left")


def test_nothing_is_left_of_connections_that_ended(client: TestClient, room: str) -> None:
    present = rooms_of(client).broker.present
    before = call(client, count_tasks)
    for number in range(20):
        with in_room(client, f"{room}-{number % 3}") as ada:
            say(ada, "Hello")
    assert rooms_of(client).connections == []
    assert call(client, present, f"{room}-0") == []
    assert call(client, count_tasks) == before
    gc.collect()
    assert not [found for found in gc.get_objects() if isinstance(found, Connection)]


async def count_tasks() -> int:
    return len(asyncio.all_tasks())


@pytest.fixture
def drain_file(tmp_path: Path) -> Path:
    return tmp_path / "draining"


@pytest.fixture
def stopping(client: TestClient, settings: Settings, drain_file: Path) -> Iterator[TestClient]:
    """Return a client of a service that the test may stop."""
    settings = settings.model_copy(update={"drain_file": drain_file})
    with TestClient(create_app(settings), headers=dict(client.headers)) as other:
        yield other


def test_all_are_told_that_the_service_stops(
    stopping: TestClient, room: str, drain_file: Path
) -> None:
    with in_room(stopping, room) as ada:
        drain_file.touch()
        with in_room(stopping, room) as eve:
            next_of(ada, "joined")  # while load balancers turn away, all goes on
            drain_file.write_text("stopping")
            for socket in (ada, eve):
                with pytest.raises(WebSocketDisconnect) as ended:
                    next_of(socket, "said")
                assert (ended.value.code, ended.value.reason) == (1001, "The service is stopping.")
    with pytest.raises(WebSocketDenialResponse) as refused, in_room(stopping, room):
        pass
    assert refused.value.status_code == 503


def test_handshake_is_refused_where_the_server_sends_no_answer_of_the_service() -> None:
    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(message)

    socket = WebSocket({"type": "websocket", "headers": []}, receive_nothing, send)
    asyncio.run(websocket.refuse(socket, HTTPException(401)))
    assert [message["type"] for message in sent] == ["websocket.close"]


def test_watching_goes_on_after_a_failure(caplog: pytest.LogCaptureFixture) -> None:
    times = iter([1, 2])

    async def act() -> None:
        if not next(times, None):
            raise KeyboardInterrupt
        raise RuntimeError

    with pytest.raises(KeyboardInterrupt):
        asyncio.run(rooms.repeat(0.001, act))
    assert caplog.text.count("task of the rooms failed") == 2


def test_allowance_grows_with_time_and_not_without_end(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 0.0
    monkeypatch.setattr(connections, "monotonic", lambda: now)
    allowance = Allowance(2)
    assert [allowance.take() for _ in range(3)] == [True, True, False]
    now = 0.5
    assert [allowance.take() for _ in range(2)] == [True, False]
    now = 60
    assert [allowance.take() for _ in range(3)] == [True, True, False]
