import json
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from fastapi.testclient import TestClient

from tests.realtime.helpers import call, in_room, next_of, rooms_of, say

EVENTS = "/api/v1/events"


@contextmanager
def events(client: TestClient, room: str, **headers: str) -> Generator[Iterator[dict[str, str]]]:
    """Listen to a room and yield the fields of each event."""
    with client.stream("GET", EVENTS, params={"room": room}, headers=headers) as response:
        assert response.headers["content-type"] == "text/event-stream; charset=utf-8"
        assert response.headers["cache-control"] == "no-cache"
        yield fields(response.iter_lines())


def fields(lines: Iterator[str]) -> Iterator[dict[str, str]]:
    event: dict[str, str] = {}
    for line in lines:
        name, _, value = line.partition(": ")
        if line:
            event[name] = value
        else:
            yield event
            event = {}


def test_listener_gets_what_members_get(client: TestClient, room: str) -> None:
    with events(client, room) as stream, in_room(client, room) as ada:
        assert next(stream) == {"retry": "3000"}
        assert next(stream)["event"] == "joined"
        say(ada, "Hello")
        said = next_of(ada, "said")
        event = next(stream)
        assert (event["event"], event["id"]) == ("said", said["id"])
        assert json.loads(event["data"]) == said


def test_head_of_the_stream_ends(client: TestClient, room: str) -> None:
    response = client.head(EVENTS, params={"room": room})
    assert (response.status_code, response.content) == (200, b"")
    assert response.headers["content-type"] == "text/event-stream; charset=utf-8"


def test_listener_is_not_in_the_room(client: TestClient, room: str) -> None:
    with events(client, room) as stream:
        next(stream)
        assert call(client, rooms_of(client).broker.present, room) == []
        call(client, rooms_of(client).beat)
        with in_room(client, room):
            assert next(stream)["event"] == "joined"


@pytest.fixture
def said(client: TestClient, room: str) -> list[dict[str, Any]]:
    """Return three messages of a room that is empty now."""
    with in_room(client, room) as ada:
        for text in ("one", "two", "three"):
            say(ada, text)
        return [next_of(ada, "said") for _ in range(3)]


def test_listener_who_comes_back_gets_what_they_missed(
    client: TestClient, room: str, said: list[dict[str, Any]]
) -> None:
    with events(client, room, **{"Last-Event-ID": said[0]["id"]}) as stream:
        next(stream)
        assert [json.loads(next(stream)["data"]) for _ in range(2)] == said[1:]
        with in_room(client, room):
            assert "joined" in (event["event"] for event in stream)


def test_listener_who_was_away_for_long_gets_all_that_is_kept(
    client: TestClient, room: str, said: list[dict[str, Any]]
) -> None:
    with events(client, room, **{"Last-Event-ID": "long-ago"}) as stream:
        next(stream)
        assert [json.loads(next(stream)["data"]) for _ in range(3)] == said


def test_listener_who_is_new_gets_only_what_is_new(
    client: TestClient, room: str, said: list[dict[str, Any]]
) -> None:
    with events(client, room) as stream:
        next(stream)
        with in_room(client, room) as ada:
            say(ada, "four")
            first = next(event for event in stream if event["event"] == "said")
    assert json.loads(first["data"])["text"] == "four"
    assert len(said) == 3


def test_silent_stream_is_kept_alive(
    client: TestClient, room: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("fastapi.routing._PING_INTERVAL", 0.01)
    with events(client, room) as stream:
        next(stream)
        assert next(stream) == {"": "ping"}


def test_nothing_is_left_of_a_stream_that_ended(client: TestClient, room: str) -> None:
    with events(client, room) as stream:
        next(stream)
        assert len(rooms_of(client).connections) == 1
    assert rooms_of(client).connections == []


def test_stream_of_a_client_that_reads_too_slowly_ends(client: TestClient, room: str) -> None:
    with events(client, room) as stream:
        next(stream)
        [listener] = rooms_of(client).connections
        call(client, listener.close, 1013)
        assert list(stream) == []
