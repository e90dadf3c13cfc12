"""Messages that one process delivers to a room of many connections, and what an idle connection costs.

The other application is written by hand: it keeps its WebSockets in a set, and sends to one after the other.
It has no queues, limits, heartbeat or presence: one slow reader stops it. Both run in the service's own
environment, one worker of uvicorn each, turn by turn. One client says something, and again when all have it.

Usage: uv run python -m benchmarks.rooms [--connections 1000] [--messages 100] [--rounds 3]
"""

import argparse
import asyncio
import os
import socket
import subprocess
import sys
import time
from collections.abc import Generator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import NamedTuple

TARGET = 0.8

BARE = """
import json
from datetime import UTC, datetime
from uuid import uuid4

from fastapi import FastAPI, WebSocket, WebSocketDisconnect

app = FastAPI()
members = set()


@app.websocket("/ws/rooms/{room}")
async def enter_room(websocket: WebSocket, room: str) -> None:
    await websocket.accept()
    members.add(websocket)
    sender = {"id": uuid4().hex}
    try:
        while True:
            message = await websocket.receive_json()
            at = datetime.now(UTC).isoformat()
            said = {"type": "said", "id": uuid4().hex, "sender": sender, "text": message["text"], "at": at}
            text = json.dumps(said)
            for member in members:
                await member.send_text(text)
    except WebSocketDisconnect:
        members.discard(websocket)
"""
APPLICATIONS = {"service": "app.main:app", "bare": "bare_application:app"}
SETTINGS = {
    "REALTIME_CONNECTIONS": "100000",
    "REALTIME_HEARTBEAT_SECONDS": "600",
    "REALTIME_MESSAGES_PER_SECOND": "100000",
}
HANDSHAKE = (
    b"GET /ws/rooms/lobby HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n\r\n"
)


class Measured(NamedTuple):
    """What one run gave."""

    delivered: float
    """Messages a second."""
    processor: float
    """Microseconds of the server's processor for each message delivered."""
    memory: float
    """KiB for each idle connection."""


def main() -> None:
    """Measure, and print a table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--connections", type=int, default=1000)
    parser.add_argument("--messages", type=int, default=100)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    runs: dict[str, list[Measured]] = {name: [] for name in APPLICATIONS}
    with TemporaryDirectory() as folder:
        service = prepared(Path(folder, "service"))
        for _ in range(options.rounds):
            for name, application in APPLICATIONS.items():
                with served(service, application) as (port, process):
                    measuring = measured(port, process, options.connections, options.messages)
                    runs[name].append(asyncio.run(measuring))
    report(runs)


def prepared(service: Path) -> Path:
    """Make a service with rooms in memory, its environment, and the other application."""
    options = ["--defaults", "--no-git", "--set", "websockets=memory"]
    subprocess.run([sys.executable, "-m", "trellis", "new", str(service), *options], check=True)
    environment = {name: value for name, value in os.environ.items() if name != "VIRTUAL_ENV"}
    subprocess.run(["uv", "sync", "--quiet"], cwd=service, env=environment, check=True)  # noqa: S607
    Path(service, "bare_application.py").write_text(BARE, encoding="utf-8")
    return service


@contextmanager
def served(service: Path, application: str) -> Generator[tuple[int, int]]:
    """Run uvicorn on a free port of loopback, and give the port and the id of the process."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    python = service / ".venv" / "bin" / "python"
    arguments = ["--port", str(port), "--no-access-log", "--log-level", "warning"]
    command = [python, "-m", "uvicorn", application, *arguments, "--ws-ping-interval", "600"]
    process = subprocess.Popen(command, cwd=service, env={**os.environ, **SETTINGS, "LOG_LEVEL": "WARNING"})
    try:
        wait_for(port)
        yield port, process.pid
    finally:
        process.terminate()
        process.wait(30)


def wait_for(port: int, seconds: float = 20) -> None:
    """Wait until the server listens."""
    end = time.monotonic() + seconds
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            if time.monotonic() > end:
                raise
            time.sleep(0.05)
        else:
            return


class Tally:
    """How many messages are still to come."""

    def __init__(self) -> None:
        self.missing = 0
        self.complete = asyncio.Event()

    def expect(self, messages: int) -> None:
        """Begin to count."""
        self.missing = messages
        self.complete.clear()

    def count(self, messages: int) -> None:
        """Count what came."""
        self.missing -= messages
        if not self.missing:
            self.complete.set()


class Client(asyncio.Protocol):
    """A WebSocket that counts the messages which have the text."""

    text = b'"said"'

    def __init__(self, tally: Tally) -> None:
        self.tally = tally
        self.open = asyncio.get_running_loop().create_future()
        self.transport: asyncio.Transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Ask for a WebSocket."""
        assert isinstance(transport, asyncio.Transport)  # noqa: S101 (for the type checker)
        self.transport = transport
        transport.write(HANDSHAKE)

    def data_received(self, data: bytes) -> None:
        """Count; a message is smaller than what is written at once, so that none is in two pieces."""
        if not self.open.done():
            self.open.set_result(None)
        self.tally.count(data.count(self.text))

    def say(self, text: str) -> None:
        """Send a text as one frame, masked with zeros (RFC 6455)."""
        payload = b'{"type": "say", "text": "%s"}' % text.encode()
        self.transport.write(bytes([0x81, 0x80 | len(payload), 0, 0, 0, 0]) + payload)


async def measured(port: int, process: int, connections: int, messages: int) -> Measured:
    """Connect, wait, and say something again and again."""
    loop = asyncio.get_running_loop()
    tally = Tally()
    clients: list[Client] = []
    before = memory_of(process)
    for _ in range(connections):
        _, client = await loop.create_connection(partial(Client, tally), "127.0.0.1", port)
        await client.open
        clients.append(client)
    await asyncio.sleep(2)
    memory = (memory_of(process) - before) / connections
    processor, started = processor_of(process), time.perf_counter()
    for _ in range(messages):
        tally.expect(connections)
        clients[0].say("Hello, everybody who is in this room!")
        await tally.complete.wait()
    seconds = time.perf_counter() - started
    spent = processor_of(process) - processor
    for client in clients:
        client.transport.abort()
    delivered = connections * messages
    return Measured(delivered / seconds, spent * 1e6 / delivered, memory)


def memory_of(process: int) -> float:
    """Return the resident memory of a process in KiB."""
    lines = Path(f"/proc/{process}/status").read_text().splitlines()
    return next(float(line.split()[1]) for line in lines if line.startswith("VmRSS"))


def processor_of(process: int) -> float:
    """Return the seconds of processor that a process has used."""
    fields = Path(f"/proc/{process}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def report(runs: dict[str, list[Measured]]) -> None:
    """Print the middle of each figure, and the ratio of the rates."""
    print(f"{'application':<12}{'delivered/s':>13}{'µs each':>10}{'KiB/connection':>16}")
    for name, found in runs.items():
        delivered, processor, memory = (median(figures) for figures in zip(*found, strict=True))
        print(f"{name:<12}{delivered:>13.0f}{processor:>10.1f}{memory:>16.1f}")
    rate = {name: median(run.delivered for run in found) for name, found in runs.items()}
    print(
        f"The service delivers {rate['service'] / rate['bare']:.2f} of the other; target: at least {TARGET}."
    )


if __name__ == "__main__":
    main()
