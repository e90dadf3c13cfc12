"""Each server runs a real service: HTTP, WebSocket and server-sent events, and it ends in order."""

import json
import os
import signal
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from http.client import HTTPConnection

import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from tests.deployment.conftest import Notes, Serve
from tests.services import Running

SERVERS = ("uvicorn", "gunicorn", "hypercorn", "granian")

pytestmark = [pytest.mark.combinations, pytest.mark.parametrize("server", SERVERS)]


def wait_for(condition: Callable[[], bool], seconds: float) -> None:
    limit = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < limit, "waited too long"
        time.sleep(0.02)


def takes_connections(running: Running) -> bool:
    try:
        running.get("/health/live", timeout=0.5)
    except OSError:
        return False
    return True


def test_server_answers_http_websockets_and_events(serve: Serve, server: str) -> None:
    with serve({"TRUSTED_PROXIES": "127.0.0.1"}, server=server) as running:
        forwarded = {"X-Forwarded-For": "203.0.113.7", "X-Forwarded-Proto": "https"}
        status, body = running.get("/probe/client", forwarded)
        assert status == 200
        assert (json.loads(body)["host"], json.loads(body)["scheme"]) == ("203.0.113.7", "https")
        assert running.get("/probe/events") == (200, b"data: 0\n\ndata: 1\n\ndata: 2\n\n")
        with connect(f"ws://127.0.0.1:{running.port}/probe/echo") as websocket:
            for text in ("hello", "again"):
                websocket.send(text)
                assert websocket.recv(timeout=5) == text


def test_server_answers_head_and_keeps_the_connection(serve: Serve, server: str) -> None:
    def asked(method: str, path: str) -> tuple[int, str | None, bytes]:
        connection.request(method, path)
        response = connection.getresponse()
        return response.status, response.headers["Content-Length"], response.read()

    with (
        serve({}, server=server) as running,
        closing(HTTPConnection("127.0.0.1", running.port, 5)) as connection,
    ):
        length = str(len(asked("GET", "/health/live")[2]))
        assert asked("HEAD", "/health/live") == (200, length, b"")
        assert asked("HEAD", "/probe/events") == (200, None, b"")
        assert asked("HEAD", "/health/live") == (200, length, b"")


def test_large_message_of_a_websocket_ends_the_connection(serve: Serve, server: str) -> None:
    if server == "granian":
        pytest.skip("Granian has no limit of its own; the service's documentation says so.")
    with serve({}, server=server) as running:
        with connect(f"ws://127.0.0.1:{running.port}/probe/echo", max_size=None) as websocket:
            websocket.send("a" * 65_536)
            assert len(websocket.recv(timeout=10)) == 65_536
            websocket.send("a" * 65_537)
            with pytest.raises(ConnectionClosed) as ended:
                websocket.recv(timeout=10)
        assert ended.value.rcvd
        assert ended.value.rcvd.code == 1009


def test_server_believes_no_proxy_that_is_not_named(serve: Serve, server: str) -> None:
    with serve({}, server=server) as running:
        forwarded = {"X-Forwarded-For": "203.0.113.7", "X-Forwarded-Proto": "https"}
        client = json.loads(running.get("/probe/client", forwarded)[1])
        assert (client["host"], client["scheme"]) == ("127.0.0.1", "http")


def test_server_logs_json_in_production_and_probes_only_if_they_fail(serve: Serve, server: str) -> None:
    variables = {"ENVIRONMENT": "production", "TRUSTED_HOSTS": "localhost"}
    with serve(variables, server=server) as running:
        assert running.get("/health/live?seen")[0] == 200
        assert running.get("/health/unknown")[0] == 404
        wait_for(lambda: "/health/unknown" in running.log.read_text(), 5)
        lines = running.log.read_text().splitlines()
        [access] = [line for line in lines if "/health/" in line]
        assert json.loads(access)["level"] == "info"


def test_server_listens_on_both_families(serve: Serve, server: str) -> None:
    with serve({"SERVER_HOST": "::1"}, server=server) as running:
        assert running.get("/health/live")[0] == 200
    # A worker of Gunicorn that is still starting misses the signal to end.
    brief = {"SERVER_HOST": "::", "SERVER_GRACEFUL_TIMEOUT": "2"}
    for workers in ("1", "2"):
        with serve(brief | {"SERVER_WORKERS": workers}, server=server) as running:
            for host in ("127.0.0.1", "::1"):
                assert replace(running, host=host).get("/health/live")[0] == 200


@pytest.mark.parametrize("workers", ["1", "2"])
def test_sigterm_ends_in_order(serve: Serve, notes: Notes, server: str, workers: str) -> None:
    variables = {"SERVER_DRAIN_TIME": "2.5", "SERVER_GRACEFUL_TIMEOUT": "20", "SERVER_WORKERS": workers}
    with serve(variables, server=server) as running, ThreadPoolExecutor() as pool:
        slow = pool.submit(running.get, "/probe/slow?seconds=8")
        wait_for(lambda: "begun" in notes(), 10)
        os.kill(running.process.pid, signal.SIGTERM)
        wait_for(lambda: running.get("/health/ready")[0] == 503, 2)
        assert running.get("/health/live")[0] == 200
        wait_for(lambda: not takes_connections(running), 5)
        assert notes() == ["begun"]
        assert slow.result() == (200, b'"done"')
        assert running.process.wait(20) == 0
    assert notes() == ["begun", "finished", "closed"]


@pytest.mark.parametrize("workers", ["1", "2"])
def test_sigterm_ends_websockets_and_streams_at_once(serve: Serve, server: str, workers: str) -> None:
    variables = {"SERVER_DRAIN_TIME": "0", "SERVER_GRACEFUL_TIMEOUT": "60", "SERVER_WORKERS": workers}
    with (
        serve(variables, server=server, websockets="memory") as running,
        connect(f"ws://127.0.0.1:{running.port}/ws/rooms/lobby") as socket,
        closing(HTTPConnection("127.0.0.1", running.port, 10)) as listener,
    ):
        listener.request("GET", "/api/v1/events?room=lobby")
        stream = listener.getresponse()
        assert stream.readline() == b"retry: 3000\n"
        os.kill(running.process.pid, signal.SIGTERM)
        with pytest.raises(ConnectionClosed) as ended:
            while socket.recv(timeout=10):
                pass
        assert ended.value.rcvd
        assert ended.value.rcvd.code == 1001
        stream.read()
        assert running.process.wait(10) == 0
        assert "Traceback" not in running.log.read_text()
