# {% from 'template/text.jinja' import fitted %}
# {% set me = 'auth/me' if auth == 'oidc' else 'users/me' %}
# {% set bearer = auth in ['jwt', 'oidc'] %}
# {% filter replace('token', 'key' if auth == 'api_key' else 'token') %}
import json
# {% if sql %}
from contextlib import ExitStack
# {% endif %}

import pytest
from fastapi.testclient import TestClient
from starlette.testclient import WebSocketDenialResponse
from starlette.websockets import WebSocketDisconnect

# {% if auth != 'session' %}
from app.config import Settings
from app.realtime import websocket
# {% endif %}
# {% if users %}
from app.users.models import User
from tests.auth.helpers import LogIn, NewUser
# {% endif %}
from tests.realtime.helpers import call, in_room, next_of, rooms_of


# {% if auth != 'session' %}
def token_of(client: TestClient) -> str:
    # {% if auth == 'api_key' %}
    return client.headers["X-API-Key"]
    # {% else %}
    return client.headers["Authorization"].removeprefix("Bearer ")
# {% endif %}


# {% endif %}
# {% if auth == 'session' %}
@pytest.mark.parametrize("cookie", ["", "__Host-session=forged"])
def test_caller_without_a_session_is_refused(anonymous: TestClient, room: str, cookie: str) -> None:
    with pytest.raises(WebSocketDenialResponse) as refused:
        anonymous.websocket_connect(f"/ws/rooms/{room}", headers={"Cookie": cookie}).__enter__()
    assert refused.value.status_code == 401
    assert json.loads(refused.value.content)["title"] == "Unauthorized"
# {% else %}
def test_forged_token_is_refused(anonymous: TestClient, room: str) -> None:
    # {% if auth == 'api_key' %}
    headers = {"X-API-Key": "forged"}
    # {% else %}
    headers = {"Authorization": "Bearer forged"}
    # {% endif %}
    with pytest.raises(WebSocketDenialResponse) as refused:
        anonymous.websocket_connect(f"/ws/rooms/{room}", headers=headers).__enter__()
    assert refused.value.status_code == 401
    assert json.loads(refused.value.content)["title"] == "Unauthorized"
# {% if bearer %}


def test_page_names_its_token_as_a_subprotocol(
    anonymous: TestClient, client: TestClient, room: str
) -> None:
    subprotocols = ["bearer", token_of(client)]
    with anonymous.websocket_connect(f"/ws/rooms/{room}", subprotocols=subprotocols) as socket:
        assert next_of(socket, "welcome")
        assert socket.accepted_subprotocol == "bearer"
    with pytest.raises(WebSocketDenialResponse) as refused:
        anonymous.websocket_connect(
            f"/ws/rooms/{room}", subprotocols=["bearer", "forged"]
        ).__enter__()
    assert refused.value.status_code == 401
# {% endif %}


# {% call fitted() %}
# {% filter replace('token', 'key' if auth == 'api_key' else 'token') %}
def test_token_may_be_the_first_message(
    anonymous: TestClient,
    client: TestClient,
    room: str,
) -> None:
    # {% endfilter %}
    # {% endcall %}
    with anonymous.websocket_connect(f"/ws/rooms/{room}") as socket:
        socket.send_json({"type": "authenticate", "token": token_of(client)})
        assert next_of(socket, "welcome")


@pytest.mark.parametrize(
    "message",
    [
        {"type": "authenticate", "token": "forged"},
        {"type": "authenticate", "token": "\0"},
        {"type": "authenticate"},
        {"type": "say", "text": "Hello"},
    ],
)
def test_first_message_must_be_a_token_that_is_valid(
    anonymous: TestClient, room: str, message: dict[str, str]
) -> None:
    with anonymous.websocket_connect(f"/ws/rooms/{room}") as socket:
        socket.send_json(message)
        with pytest.raises(WebSocketDisconnect) as ended:
            socket.receive_json()
    assert ended.value.code == 1008


def test_first_message_must_be_small(anonymous: TestClient, settings: Settings, room: str) -> None:
    with anonymous.websocket_connect(f"/ws/rooms/{room}") as socket:
        socket.send_bytes(b"a" * (settings.realtime_message_size + 1))
        with pytest.raises(WebSocketDisconnect) as ended:
            socket.receive_json()
    assert ended.value.code == 1009


def test_few_may_wait_to_be_authenticated(
    anonymous: TestClient, client: TestClient, monkeypatch: pytest.MonkeyPatch, room: str
) -> None:
    monkeypatch.setattr("app.realtime.rooms.MOST_UNAUTHENTICATED", 1)
    with anonymous.websocket_connect(f"/ws/rooms/{room}") as first:
        with pytest.raises(WebSocketDenialResponse) as refused:
            anonymous.websocket_connect(f"/ws/rooms/{room}").__enter__()
        assert refused.value.status_code == 429
        first.send_json({"type": "authenticate", "token": token_of(client)})
        assert next_of(first, "welcome")
        with anonymous.websocket_connect(f"/ws/rooms/{room}"):
            pass


def test_anonymous_connection_ends_soon(
    anonymous: TestClient, room: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(websocket, "AUTHENTICATION_SECONDS", 0.01)
    socket = anonymous.websocket_connect(f"/ws/rooms/{room}")
    with socket, pytest.raises(WebSocketDisconnect) as ended:
        socket.receive_json()
    assert (ended.value.code, ended.value.reason) == (1008, "Authenticate first.")


def test_anonymous_connection_is_told_that_the_service_stops(
    anonymous: TestClient, room: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    rooms = rooms_of(anonymous)
    monkeypatch.setattr(rooms, "_closed", False)  # afterwards again
    with anonymous.websocket_connect(f"/ws/rooms/{room}") as socket:
        call(anonymous, rooms.close)
        with pytest.raises(WebSocketDisconnect) as ended:
            socket.receive_json()
    assert (ended.value.code, ended.value.reason) == (1001, "The service is stopping.")


def test_token_in_the_address_does_not_count(
    anonymous: TestClient, client: TestClient, room: str
) -> None:
    path = f"/ws/rooms/{room}?token={token_of(client)}"
    with anonymous.websocket_connect(path) as socket:
        socket.send_json({"type": "who"})
        with pytest.raises(WebSocketDisconnect):
            socket.receive_json()
# {% endif %}


def test_listener_must_say_who_they_are(anonymous: TestClient, room: str) -> None:
    assert anonymous.get("/api/v1/events", params={"room": room}).status_code == 401


def test_member_has_the_id_of_the_user(client: TestClient, room: str) -> None:
    with in_room(client, room) as ada:
        ada.send_json({"type": "who"})
        [member] = next_of(ada, "present")["present"]
        assert member["user"] == client.get("/api/v1/{{ me }}").json()["id"]
# {% if users %}


def test_connections_of_a_user_who_is_disabled_end(
    client: TestClient, room: str, user: User, new_user: NewUser, login_as: LogIn
) -> None:
    admin = login_as(new_user("root@example.com", role="admin"))
    events = client.stream("GET", "/api/v1/events", params={"room": room})
    with in_room(client, room) as ada, events as stream:
        call(client, rooms_of(client).check_callers)
        ada.send_json({"type": "who"})
        assert next_of(ada, "present")
        path = f"/api/v1/users/{user.id}"
        assert client.patch(path, json={"active": False}, headers=admin).status_code == 200
        call(client, rooms_of(client).check_callers)
        with pytest.raises(WebSocketDisconnect) as ended:
            next_of(ada, "present")
        assert ended.value.code == 1008
        assert list(stream.iter_lines())
# {% endif %}
# {% if sql %}


def test_connections_hold_no_session_of_the_database(client: TestClient, room: str) -> None:
    with ExitStack() as stack:
        for _ in range(17):
            socket = client.websocket_connect(f"/ws/rooms/{room}")
            assert next_of(stack.enter_context(socket), "welcome")
        assert client.get("/api/v1/{{ me }}").status_code == 200
# {% endif %}
# {% endfilter %}
