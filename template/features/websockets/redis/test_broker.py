from collections.abc import Iterator
from contextlib import ExitStack
from time import time

import pytest
from fastapi.testclient import TestClient
from pydantic import SecretStr
from redis import Redis
from starlette.testclient import WebSocketDenialResponse

from app.config import Settings
from app.main import create_app
from app.realtime.schemas import Member
from dev.redis import embedded_redis
from tests.realtime.helpers import call, in_room, next_of, rooms_of, say, wait_until


@pytest.fixture
def redis(settings: Settings) -> Iterator[Redis]:
    """Return a client of the tests' own."""
    with Redis.from_url(settings.redis_url.get_secret_value(), decode_responses=True) as client:
        yield client


@pytest.fixture
def other_process(client: TestClient, settings: Settings) -> Iterator[TestClient]:
    """Return a client of the service's second process."""
    with TestClient(create_app(settings), headers=dict(client.headers)) as other:
        yield other


class Outage:
    """A service whose Redis can be stopped and started."""

    def __init__(self, stack: ExitStack, client: TestClient, settings: Settings) -> None:
        self._redis = stack.enter_context(ExitStack())
        url = self._redis.enter_context(embedded_redis())
        self._port = int(url.split(":")[-1].split("/")[0])
        changes = {"redis_url": SecretStr(url), "readiness_timeout": 0.2}
        app = create_app(settings.model_copy(update=changes))
        self.client = stack.enter_context(TestClient(app, headers=dict(client.headers)))
        self._subscribed = rooms_of(self.client).broker.subscribed

    def stop(self) -> None:
        self._redis.close()
        wait_until(lambda: not self._subscribed.is_set())

    def start(self) -> None:
        self._redis.enter_context(embedded_redis(self._port))
        wait_until(self._subscribed.is_set)


@pytest.fixture
def outage(client: TestClient, settings: Settings) -> Iterator[Outage]:
    with ExitStack() as stack:
        yield Outage(stack, client, settings)


def test_rooms_span_processes(client: TestClient, other_process: TestClient, room: str) -> None:
    with in_room(client, room) as ada, in_room(other_process, room) as eve:
        you = next_of(ada, "joined")["member"]
        say(eve, "Hello")
        assert next_of(ada, "said")["sender"] == you
        ada.send_json({"type": "tell", "to": you["id"], "text": "Psst"})
        assert next_of(eve, "told")["text"] == "Psst"
        ada.send_json({"type": "who"})
        assert you in next_of(ada, "present")["present"]


def test_lost_redis_ends_no_connection_and_lost_messages_are_told(
    outage: Outage, room: str
) -> None:
    with in_room(outage.client, room) as ada:
        outage.stop()
        say(ada, "Is anybody here?")
        error = next_of(ada, "error")
        assert (error["code"], "Try again" in error["detail"]) == ("unavailable", True)
        assert outage.client.get("/health/ready").status_code == 503
        with pytest.raises(WebSocketDenialResponse) as refused, in_room(outage.client, room):
            pass
        assert refused.value.status_code == 503
        outage.start()
        assert next_of(ada, "interrupted")
        say(ada, "Hello")
        assert next_of(ada, "said")["text"] == "Hello"
        ada.send_json({"type": "who"})
        assert len(next_of(ada, "present")["present"]) == 1
        assert outage.client.get("/health/ready").status_code == 200


def test_member_may_leave_and_listener_come_back_while_redis_is_away(
    outage: Outage, room: str
) -> None:
    headers = {"Last-Event-ID": "1"}
    with in_room(outage.client, room):
        outage.stop()
    with outage.client.stream("GET", f"/api/v1/events?room={room}", headers=headers) as stream:
        assert list(stream.iter_lines()) == ["retry: 3000", ""]
    assert rooms_of(outage.client).connections == []


def test_command_that_fails_is_answered(
    client: TestClient, room: str, redis: Redis, settings: Settings
) -> None:
    redis.set(f"{settings.redis_prefix}room:{room}:said", "no list")
    with in_room(client, room) as ada:
        say(ada, "Hello")
        assert next_of(ada, "error")["code"] == "unavailable"


def test_member_of_a_process_that_died_is_gone_after_a_while(
    client: TestClient, room: str, redis: Redis, settings: Settings
) -> None:
    key = f"{settings.redis_prefix}room:{room}:present"
    # {% if auth != 'none' %}
    dead = Member(user="ada").model_dump_json()
    # {% else %}
    dead = Member().model_dump_json()
    # {% endif %}
    redis.zadd(key, {dead: time() - 3 * settings.realtime_heartbeat_seconds})
    with in_room(client, room) as ada:
        ada.send_json({"type": "who"})
        assert len(next_of(ada, "present")["present"]) == 1
        assert redis.zcard(key) == 1


def test_heartbeat_notes_that_members_are_still_there(
    client: TestClient, room: str, redis: Redis, settings: Settings
) -> None:
    key = f"{settings.redis_prefix}room:{room}:present"
    with in_room(client, room):
        redis.delete(key)
        call(client, rooms_of(client).beat)
        assert redis.zcard(key) == 1
    assert redis.zcard(key) == 0


def test_message_that_is_not_understood_is_left_out(
    client: TestClient, room: str, redis: Redis, settings: Settings
) -> None:
    with in_room(client, room) as ada:
        redis.publish(f"{settings.redis_prefix}rooms", '{"type": "of the next version"}')
        say(ada, "Hello")
        assert next_of(ada, "said")["text"] == "Hello"


def test_message_that_is_no_text_ends_no_room(
    client: TestClient, room: str, redis: Redis, settings: Settings
) -> None:
    with in_room(client, room) as ada:
        redis.publish(f"{settings.redis_prefix}rooms", b"\xff\xfe")
        assert next_of(ada, "interrupted")
        say(ada, "Hello")
        assert next_of(ada, "said")["text"] == "Hello"


def test_fault_of_the_service_is_logged_as_one_and_ends_no_room(
    client: TestClient,
    room: str,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    with in_room(client, room) as ada:
        with monkeypatch.context() as patched:
            patched.delattr("app.realtime.rooms.encode")
            say(ada, "This is lost.")
            assert next_of(ada, "interrupted")
        say(ada, "Hello")
        assert next_of(ada, "said")["text"] == "Hello"
    assert "A message could not be delivered" in caplog.text
    assert "NameError" in caplog.text


def test_only_the_last_messages_are_kept_and_not_for_ever(
    client: TestClient, room: str, redis: Redis, settings: Settings
) -> None:
    key = f"{settings.redis_prefix}room:{room}:said"
    redis.rpush(key, *["{}"] * settings.realtime_events_kept)
    with in_room(client, room) as ada:
        say(ada, "Hello")
        next_of(ada, "said")
    assert redis.llen(key) == settings.realtime_events_kept
    assert 0 < redis.ttl(key) <= settings.realtime_events_kept_seconds
