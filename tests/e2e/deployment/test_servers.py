"""Each server runs a real service: HTTP, WebSocket and server-sent events, and it ends in order."""

import json
import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from dataclasses import replace
from functools import partial
from http.client import HTTPConnection
from pathlib import Path

import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from tests.e2e.deployment.conftest import Notes, Serve, served
from tests.services import ENVIRONMENT, Running, free_port, started

SERVERS = ("uvicorn", "gunicorn", "hypercorn", "granian")

pytestmark = [pytest.mark.combinations, pytest.mark.parametrize("server", SERVERS, scope="module")]


@pytest.fixture(scope="module")
def default(probed: Callable[..., Path], server: str) -> Iterator[Running]:
    """Serve with the default settings, once for all tests that change nothing."""
    with served(probed(server=server), {}) as running:
        yield running


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


def test_server_answers_head_and_keeps_the_connection(default: Running) -> None:
    def asked(method: str, path: str) -> tuple[int, str | None, bytes]:
        connection.request(method, path)
        response = connection.getresponse()
        return response.status, response.headers["Content-Length"], response.read()

    with closing(HTTPConnection("127.0.0.1", default.port, 5)) as connection:
        length = str(len(asked("GET", "/health/live")[2]))
        assert asked("HEAD", "/health/live") == (200, length, b"")
        assert asked("HEAD", "/probe/events") == (200, None, b"")
        assert asked("HEAD", "/health/live") == (200, length, b"")


def test_large_message_of_a_websocket_ends_the_connection(default: Running, server: str) -> None:
    if server == "granian":
        pytest.skip("Granian has no limit of its own; the service's documentation says so.")
    with connect(f"ws://127.0.0.1:{default.port}/probe/echo", max_size=None) as websocket:
        websocket.send("a" * 65_536)
        assert len(websocket.recv(timeout=10)) == 65_536
        websocket.send("a" * 65_537)
        with pytest.raises(ConnectionClosed) as ended:
            websocket.recv(timeout=10)
    assert ended.value.rcvd
    assert ended.value.rcvd.code == 1009


def test_server_believes_no_proxy_that_is_not_named(default: Running) -> None:
    forwarded = {"X-Forwarded-For": "203.0.113.7", "X-Forwarded-Proto": "https"}
    client = json.loads(default.get("/probe/client", forwarded)[1])
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
        connect(f"ws://127.0.0.1:{running.port}/ws/rooms/lobby") as member,
        closing(HTTPConnection("127.0.0.1", running.port, 10)) as listener,
    ):
        listener.request("GET", "/api/v1/events?room=lobby")
        stream = listener.getresponse()
        assert stream.readline() == b"retry: 3000\n"
        os.kill(running.process.pid, signal.SIGTERM)
        list(member)
        assert member.close_code == 1001
        stream.read()
        assert running.process.wait(20) == 0
        assert "Traceback" not in running.log.read_text()


def test_sigterm_does_not_wait_for_idle_connections(serve: Serve, server: str) -> None:
    with (
        serve({"SERVER_DRAIN_TIME": "0"}, server=server) as running,
        closing(HTTPConnection("127.0.0.1", running.port, 10)) as idle,
    ):
        idle.request("GET", "/health/live")
        idle.getresponse().read()
        os.kill(running.process.pid, signal.SIGTERM)
        assert running.process.wait(5) == 0


def test_service_that_cannot_start_has_failed(
    probed: Callable[..., Path], tmp_path: Path, server: str
) -> None:
    service = probed(server=server)
    environment = ENVIRONMENT | {
        "BROKEN": "",
        "NOTES": str(tmp_path / "notes.txt"),
        "SERVER_PORT": str(free_port()),
    }
    command = [str(service / ".venv" / "bin" / "python"), "-m", "serve"]
    assert subprocess.run(command, check=False, cwd=service, env=environment, timeout=60).returncode


@pytest.mark.skipif(not shutil.which("ss"), reason="ss is not installed (apt-get install iproute2)")
def test_backlog_is_the_one_of_the_settings(default: Running) -> None:
    command = ["ss", "-Hltn", f"sport = :{default.port}"]  # the third column of a listening socket
    shown = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    assert shown.split()[2] == "2048"


HEAD = b"GET /health/live HTTP/1.1\r\nHost: localhost\r\n"
POST = b"POST /probe/client HTTP/1.1\r\nHost: localhost\r\n"
CHUNKED = POST + b"Transfer-Encoding: chunked\r\n\r\n"
HANDSHAKE = (
    b"GET /probe/echo HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
    b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
)
HTTP_2 = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0"

LARGE = (
    HEAD + b"X: " + b"a" * 5_000_000 + b"\r\n\r\n",
    HEAD + b"X: a\r\n" * 20_000 + b"\r\n",
    HEAD + b"X: " + b"a" * 40_000_000,
    b"GET /" + b"a" * 5_000_000,
)


def test_large_head_is_refused_before_all_is_taken(default: Running) -> None:
    for head in LARGE:
        assert status_of(default, head) in {400, 414, 431, None}
    usual = HEAD + b"X: " + b"a" * 7_000 + b"\r\n" + b"X: a\r\n" * 50 + b"Connection: close\r\n\r\n"
    assert status_of(default, usual) == 200


def status_of(running: Running, request: bytes) -> int | None:
    """Send bytes, and return the status of the answer, or nothing if the connection is cut."""
    with socket.create_connection(("127.0.0.1", running.port), 20) as connection:
        try:
            connection.sendall(request)
        except ConnectionError:
            pass
        else:
            assert len(request) < 6_000_000, "All was taken."
        try:
            answer = connection.recv(100)
        except ConnectionError:
            return None
    return int(answer.split()[1]) if answer else None


def received(running: Running, request: bytes) -> bytes:
    """Send bytes, and return all that comes until the server ends the connection."""
    parts = []
    with socket.create_connection(("127.0.0.1", running.port), 20) as connection, suppress(ConnectionError):
        connection.sendall(request)
        while part := connection.recv(65_536):
            parts.append(part)
    return b"".join(parts)


@pytest.mark.parametrize("trailers", [b"X: " + b"a" * 40_000_000, b"X: a\r\n" * 10_000_000])
def test_endless_trailers_are_not_taken(default: Running, trailers: bytes) -> None:
    assert status_of(default, CHUNKED + b"0\r\n" + trailers) != 200


def test_trailers_are_not_headers(default: Running) -> None:
    rest = (
        b"Connection: close\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n0\r\nX-Request-ID: late\r\n\r\n"
    )
    answer = received(default, POST + rest)
    assert answer.startswith(b"HTTP/1.1 200 ")
    assert b"late" not in answer


def test_request_whose_length_is_ambiguous_ends_the_connection(default: Running) -> None:
    length = b"Content-Length: 6\r\nTransfer-Encoding: chunked\r\n\r\n"
    answers = received(default, POST + length + b"0\r\n\r\n" + HEAD + b"\r\n")
    assert answers.count(b"HTTP/1.1 ") <= 1


@pytest.mark.parametrize("head", [HANDSHAKE, HEAD, HEAD.replace(b"1.1", b"1.0")], ids=["ws", "1.1", "1.0"])
def test_second_host_is_refused(default: Running, head: bytes) -> None:
    assert status_of(default, head + b"Host: evil\r\n\r\n") in {400, 403}


def test_connection_is_not_upgraded_to_http_2(default: Running) -> None:
    upgrade = (
        b"Connection: Upgrade, HTTP2-Settings, close\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n\r\n"
    )
    assert status_of(default, HEAD + upgrade) == 200


def test_refused_websocket_is_answered_and_not_logged_as_an_error(serve: Serve, server: str) -> None:
    with serve(
        {"ENVIRONMENT": "production", "TRUSTED_HOSTS": "localhost"}, server=server, websockets="memory"
    ) as running:
        handshake = HANDSHAKE.replace(b"/probe/echo", b"/ws/rooms/a") + b"Origin: http://evil\r\n\r\n"
        assert received(running, handshake).startswith(b"HTTP/1.1 403 ")
        assert '"level":"error"' not in running.log.read_text().replace(" ", "")


def test_websocket_ends_as_soon_as_a_message_is_too_large(default: Running, server: str) -> None:
    if server == "granian":
        pytest.skip("Granian has no limit of its own; the service's documentation says so.")
    with socket.create_connection(("127.0.0.1", default.port), 20) as connection:
        connection.sendall(HANDSHAKE + b"\r\n")
        assert connection.recv(1000).startswith(b"HTTP/1.1 101 ")
        connection.sendall(b"\x81\xff" + (2_000_000_000).to_bytes(8) + bytes(4))
        with pytest.raises(ConnectionError):  # noqa: PT012
            for _ in range(50):
                connection.sendall(bytes(1_000_000))


def test_connection_whose_request_does_not_arrive_is_ended(serve: Serve, server: str) -> None:
    slow = [
        (HEAD, b"X: a\r\n"),
        (HEAD + b"\r\n", b"\r\n"),
        (HEAD + b"Content-Length: 1000\r\n\r\n", b"a"),
        (HEAD + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\na\r\n"),
        (POST + b"Content-Length: 1000\r\n\r\n", b"a"),
        (CHUNKED + b"0\r\n", b"X: a\r\n"),
    ]
    if server != "granian":  # Granian's time begins with the first byte
        slow.append((b"", b""))
    if server == "hypercorn":
        slow.append((HTTP_2, b""))
        slow.append((HTTP_2, b"\0\0\x08\x06\0\0\0\0\0" + bytes(8)))  # pings
        slow.append((HTTP_2 + b"\0\0\x01\x01\0\0\0\0\x01\x82", b""))  # headers without an end
        slow.append((HANDSHAKE + b"\r\n\x81\xfe", b""))
    with serve({"BODY_TIMEOUT": "1"}, server=server) as running, ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(partial(answer_to, running), *zip(*slow, strict=True)))
        assert running.get("/health/live")[0] == 200
    statuses = [int(answer.split()[1]) if answer.startswith(b"HTTP/1.1 ") else None for answer in answers]
    assert statuses[0] in {None, 408}
    assert statuses[1:6] == [200, 200, 200, 408, 408]


def answer_to(running: Running, request: bytes, drip: bytes) -> bytes:
    """Send bytes, then some more each second until the server ends the connection. Return its answer."""
    answer, limit = b"", time.monotonic() + 25
    with socket.create_connection(("127.0.0.1", running.port), 1) as connection, suppress(ConnectionError):
        connection.sendall(request)
        while time.monotonic() < limit:
            try:
                part = connection.recv(65_536)
            except TimeoutError:
                connection.sendall(drip)
            else:
                if not part:
                    return answer
                answer += part
        pytest.fail(f"The connection is still open: {request!r}")
    return answer


SHORT = {
    "uvicorn": "import serve.uvicorn as s; s.UNREAD_SECONDS = 1; import uvicorn;"
    " uvicorn.run('app.main:app', port={port}, http=s.LimitedProtocol)",
    "gunicorn": "import serve.gunicorn as s; s.UNREAD_SECONDS = 1; import sys;"
    " from gunicorn.app.wsgiapp import run;"
    " sys.argv = ['', 'app.main:app', '--bind=127.0.0.1:{port}', '--worker-class=serve.gunicorn.Worker'];"
    " run()",
}


def test_client_that_reads_nothing_is_disconnected(probed: Callable[..., Path], server: str) -> None:
    if server not in SHORT:
        pytest.skip("it ends such streams by itself, or cannot")
    service, port = probed(server=server), free_port()
    command = [str(service / ".venv/bin/python"), "-c", SHORT[server].format(port=port)]
    notes = {"NOTES": str(service.with_name("unread.txt"))}
    with started(command, service, port, notes), socket.socket() as client:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
        client.connect(("127.0.0.1", port))
        client.sendall(b"GET /openapi.json HTTP/1.1\r\nHost: a\r\n\r\n" * 400)
        ends = f":{port:04X}", f":{client.getsockname()[1]:04X}"
        wait_for(lambda: ends not in connections(), 30)


def connections() -> set[tuple[str, ...]]:
    """Return the ports of both ends of all connections, in hexadecimal."""
    lines = Path("/proc/net/tcp").read_text().splitlines()[1:]
    return {tuple(end[-5:] for end in line.split()[1:3]) for line in lines}


@pytest.mark.parametrize(
    "header", [b"Content-Length: " + 5_000 * b"9", b"Sec-WebSocket-Protocol: bearer, \xff"]
)
def test_header_that_cannot_be_parsed_is_refused(default: Running, header: bytes) -> None:
    upgrade = (
        b"Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
        b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
    )
    before = default.log.stat().st_size
    with socket.create_connection(("127.0.0.1", default.port), 20) as client:
        client.sendall(b"GET /probe/echo HTTP/1.1\r\nHost: a\r\n" + upgrade + header + b"\r\n\r\n")
        assert client.recv(12).startswith(b"HTTP/1.1 ")
    assert b"Traceback" not in default.log.read_bytes()[before:]
