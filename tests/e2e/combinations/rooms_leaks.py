"""Ten thousand clients who come and go, each in one of the ways that clients do; what is left of them.

It runs by itself under the service's interpreter, and imports nothing of Trellis. Server and clients share
one process and one event loop, so that what the server holds can be counted. It prints that as JSON.

    python rooms_leaks.py 10000
"""

import asyncio
import gc
import json
import sys
from importlib import import_module
from pathlib import Path
from typing import Any

AT_ONCE = 50
SECONDS = 20
OPENING = (
    "GET /ws/rooms/room-{number} HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n\r\n"
)
EVENTS = "GET /api/v1/events?room=room-{number} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
SAY = b"\x81\x9d\0\0\0\0" + b'{"type": "say", "text": "Hi"}'
CLOSE = b"\x88\x82\0\0\0\0\x03\xe8"

uvicorn: Any = import_module("uvicorn")
main: Any = import_module("app.main")
Connection: Any = import_module("app.realtime.connections").Connection
Rooms: Any = import_module("app.realtime.rooms").Rooms


async def run(clients: int) -> None:
    """Serve; count what is there, let the clients come and go, and count again."""
    server = uvicorn.Server(uvicorn.Config(main.app, port=0, log_level="warning", access_log=False))
    serving = asyncio.create_task(server.serve())
    while not server.started:  # noqa: ASYNC110 (uvicorn has no event for it)
        await asyncio.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    await come_and_go(port, AT_ONCE)
    before = await settled({})
    await come_and_go(port, clients)
    print(json.dumps({"before": before, "after": await settled(before)}))  # noqa: T201
    server.should_exit = True
    await serving


async def come_and_go(port: int, clients: int) -> None:
    """Let so many clients come, some at once."""
    numbers = iter(range(clients))

    async def come() -> None:
        for number in numbers:
            async with asyncio.timeout(SECONDS):
                await WAYS[number % len(WAYS)](port, number)

    async with asyncio.TaskGroup() as tasks:
        for _ in range(AT_ONCE):
            tasks.create_task(come())


async def opened(port: int, request: str, number: int) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(request.format(number=number % 500).encode())
    return reader, writer


async def say_goodbye(port: int, number: int) -> None:
    """Come, say something, hear it, and close as RFC 6455 has it."""
    reader, writer = await opened(port, OPENING, number)
    await reader.readuntil(b'"welcome"')
    writer.write(SAY)
    await reader.readuntil(b'"said"')
    writer.write(CLOSE)
    while await reader.read(10_000):
        pass
    writer.close()


async def vanish(port: int, number: int) -> None:
    """Come, and be gone without a word."""
    reader, writer = await opened(port, OPENING, number)
    await reader.readuntil(b'"welcome"')
    writer.transport.abort()


async def give_up(port: int, number: int) -> None:
    """Ask to come, and do not wait for the answer."""
    _, writer = await opened(port, OPENING, number)
    await asyncio.sleep(0)
    writer.transport.abort()


async def stop_listening(port: int, number: int) -> None:
    """Listen to the events of a room for a moment."""
    reader, writer = await opened(port, EVENTS, number)
    await reader.readuntil(b"retry:")
    writer.transport.abort()


WAYS = (say_goodbye, vanish, give_up, stop_listening)


async def settled(expected: dict[str, int]) -> dict[str, int]:
    """Return what is there: as soon as it is no more than expected, or after a while."""
    for _ in range(100):
        await asyncio.sleep(0.1)
        found = counted()
        if all(found[name] <= number for name, number in expected.items()):
            break
    return found


def counted() -> dict[str, int]:
    gc.collect()
    objects = gc.get_objects()
    [rooms] = [found for found in objects if isinstance(found, Rooms)]
    return {
        "connections": sum(isinstance(found, Connection) for found in objects),
        "files": sum(1 for _ in Path("/proc/self/fd").iterdir()),
        "owners": len(rooms._owners),  # noqa: SLF001
        "rooms": len(rooms._rooms),  # noqa: SLF001
        "tasks": len(asyncio.all_tasks()),
    }


if __name__ == "__main__":
    asyncio.run(run(int(sys.argv[1])))
