import json

import pytest
from fastapi.testclient import TestClient
from starlette.testclient import WebSocketDenialResponse
from starlette.websockets import WebSocketDisconnect

from app.config import Settings
from app.realtime.schemas import Member
from tests.realtime.helpers import call, in_room, next_of, rooms_of, say, wait_until


def test_member_is_welcomed_with_all_who_are_present(client: TestClient, room: str) -> None:
    with in_room(client, room), client.websocket_connect(f"/ws/rooms/{room}") as second:
        welcome = second.receive_json()
        assert welcome["type"] == "welcome"
        assert len(welcome["present"]) == 2
        assert welcome["you"] in welcome["present"]


def test_message_reaches_everyone_in_the_room_and_nobody_else(
    client: TestClient, room: str
) -> None:
    with in_room(client, room) as ada, in_room(client, room) as eve, in_room(client, "bar") as bob:
        say(ada, "Hello")
        heard = next_of(ada, "said")
        assert heard["text"] == "Hello"
        assert next_of(eve, "said") == heard
        say(bob, "Is anybody here?")
        assert next_of(bob, "said")["text"] == "Is anybody here?"


def test_private_message_reaches_one_member_only(client: TestClient, room: str) -> None:
    with in_room(client, room) as ada, client.websocket_connect(f"/ws/rooms/{room}") as eve:
        you = next_of(eve, "welcome")["you"]
        ada.send_json({"type": "tell", "to": you["id"], "text": "Psst"})
        told = next_of(eve, "told")
        say(ada, "Hello")
        assert told["text"] == "Psst"
        assert next_of(ada, "said")["sender"] == told["sender"]


def test_private_message_needs_a_member_who_is_present(client: TestClient, room: str) -> None:
    with in_room(client, room) as ada:
        ada.send_json({"type": "tell", "to": "nobody", "text": "Psst"})
        error = next_of(ada, "error")
        assert (error["code"], error["detail"]) == ("absent", "nobody is not in the room.")


def test_coming_and_going_is_seen(client: TestClient, room: str) -> None:
    with in_room(client, room) as ada:
        with in_room(client, room):
            came = next_of(ada, "joined")["member"]
            ada.send_json({"type": "who"})
            assert came in next_of(ada, "present")["present"]
        assert next_of(ada, "left")["member"] == came
        ada.send_json({"type": "who"})
        assert came not in next_of(ada, "present")["present"]


@pytest.mark.parametrize(
    ("text", "detail"),
    [
        ("", "EOF"),
        ("{", "Invalid JSON"),
        ("[" * 1000, "recursion"),
        ('{"type": "shout", "text": "a"}', "shout"),
        ('{"text": "a"}', "discriminator"),
        ('{"type": "say"}', "text: Field required"),
        ('{"type": "say", "text": ""}', "text: String should have at least 1 character"),
        ('{"type": "say", "text": "a", "room": "bar"}', "room: Extra inputs"),
    ],
)
def test_wrong_message_is_answered_and_ends_nothing(
    client: TestClient, text: str, detail: str, room: str
) -> None:
    with in_room(client, room) as ada:
        ada.send_text(text)
        error = next_of(ada, "error")
        assert error["code"] == "invalid"
        assert detail in error["detail"]
        say(ada, "Hello")
        assert next_of(ada, "said")["text"] == "Hello"


def test_message_of_bytes_is_answered_and_ends_nothing(client: TestClient, room: str) -> None:
    with in_room(client, room) as ada:
        ada.send_bytes(b"\xff")
        assert next_of(ada, "error")["code"] == "invalid"


def test_message_that_is_too_large_ends_the_connection(
    client: TestClient, settings: Settings, room: str
) -> None:
    with in_room(client, room) as ada:
        say(ada, "é" * (settings.realtime_message_size // 2))
        with pytest.raises(WebSocketDisconnect) as ended:
            next_of(ada, "said")
        assert ended.value.code == 1009
    with in_room(client, room) as ada:
        ada.send_bytes(b"a" * (settings.realtime_message_size + 1))
        with pytest.raises(WebSocketDisconnect) as ended:
            next_of(ada, "error")
        assert ended.value.code == 1009


def test_messages_a_second_are_limited(client: TestClient, settings: Settings, room: str) -> None:
    with in_room(client, room) as ada:
        for _ in range(settings.realtime_messages_per_second + 3):
            ada.send_json({"type": "pong"})
        assert next_of(ada, "error")["code"] == "too_many"


def test_messages_a_second_are_limited_over_all_connections(
    client: TestClient, settings: Settings, monkeypatch: pytest.MonkeyPatch, room: str
) -> None:
    monkeypatch.setattr("app.realtime.connections.monotonic", lambda: 0.0)
    half = settings.realtime_messages_per_second // 2 + 2
    with in_room(client, room) as first:
        for _ in range(half):
            first.send_json({"type": "who"})
        for _ in range(half):
            next_of(first, "present")
    call(client, rooms_of(client).beat)
    with in_room(client, room) as again:
        for _ in range(half):
            again.send_json({"type": "pong"})
        assert next_of(again, "error")["code"] == "too_many"


def test_rate_limit_of_those_who_left_is_forgotten(client: TestClient, room: str) -> None:
    rooms = rooms_of(client)
    with in_room(client, room) as ada:
        ada.send_json({"type": "pong"})
        ada.send_json({"type": "who"})
        next_of(ada, "present")
        call(client, rooms.beat)
        assert rooms.allowances

    def is_forgotten() -> bool:
        call(client, rooms.beat)
        return not rooms.allowances

    wait_until(is_forgotten)


def test_connections_of_one_are_limited(
    client: TestClient, settings: Settings, monkeypatch: pytest.MonkeyPatch, room: str
) -> None:
    monkeypatch.setattr(settings, "realtime_connections", 1)
    with in_room(client, room):
        with pytest.raises(WebSocketDenialResponse) as refused, in_room(client, room):
            pass
        assert refused.value.status_code == 429
        assert client.get("/api/v1/events", params={"room": room}).status_code == 429
    with in_room(client, room):
        pass


@pytest.mark.parametrize("origin", ["https://evil.example", "http://testserver.evil", "null"])
def test_page_of_another_origin_is_refused(client: TestClient, origin: str, room: str) -> None:
    with pytest.raises(WebSocketDenialResponse) as refused, in_room(client, room, Origin=origin):
        pass
    assert refused.value.status_code == 403
    assert json.loads(refused.value.content)["title"] == "Forbidden"


@pytest.mark.parametrize("origin", ["http://testserver", "https://shop.example"])
def test_page_of_this_or_an_allowed_origin_may_connect(
    client: TestClient, settings: Settings, monkeypatch: pytest.MonkeyPatch, origin: str, room: str
) -> None:
    monkeypatch.setattr(settings, "cors_origins", ["https://shop.example"])
    with in_room(client, room, Origin=origin):
        pass


@pytest.mark.parametrize("name", ["a" * 65, "a.b", "%2e%2e", "a%20b"])
def test_name_of_a_room_is_plain(client: TestClient, name: str, room: str) -> None:
    with pytest.raises(WebSocketDisconnect), in_room(client, name):
        pass
    assert client.get(f"/api/v1/events?room={name}").status_code == 422


def test_service_can_say_something_itself(client: TestClient, room: str) -> None:
    with in_room(client, room) as ada:
        member = Member.model_validate({"id": "clock", "user": "clock"})
        call(client, rooms_of(client).say, room, member, "It is noon")
        assert next_of(ada, "said")["sender"]["id"] == "clock"
