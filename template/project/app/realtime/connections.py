"""A client's connection: its queue of messages, its rate limit and its end."""

import asyncio
# {% if auth != 'none' %}
from collections.abc import Awaitable, Callable
# {% endif %}
from time import monotonic

from fastapi import status
from fastapi.sse import ServerSentEvent

from app.realtime.schemas import Member, Ping, ServerMessage


def encode(message: ServerMessage) -> ServerSentEvent:
    """Encode a message once for all receivers. A WebSocket sends the data of the event."""
    return ServerSentEvent(
        event=message.type, id=getattr(message, "id", None), raw_data=message.model_dump_json()
    )


PING = encode(Ping())


class Connection:
    """A client that gets the messages of a room. If it only listens, `member` is None."""

    # {% if auth == 'none' %}
    def __init__(self, owner: str, queue_size: int, member: Member | None = None) -> None:
        self.owner = owner
    # {% else %}
    def __init__(
        self,
        owner: str,
        check: Callable[[], Awaitable[object]],
        queue_size: int,
        member: Member | None = None,
    ) -> None:
        self.owner = owner
        self.check = check
        # {% endif %}
        self.member = member
        self.answered = True
        self.closing: asyncio.Future[tuple[int, str]] = asyncio.get_running_loop().create_future()
        self._queue_size = queue_size
        self._queue: asyncio.Queue[ServerSentEvent | None] = asyncio.Queue()

    def offer(self, message: ServerSentEvent) -> None:
        """Queue a message. Close the connection if the queue is full."""
        if self._queue.qsize() >= self._queue_size:
            self.close(status.WS_1013_TRY_AGAIN_LATER, "You read messages too slowly.")
        else:
            self._queue.put_nowait(message)

    def answer(self, message: ServerMessage) -> None:
        """Queue a message for this connection only."""
        self.offer(encode(message))

    def ping(self) -> None:
        """Send a ping. Close the connection if the last one was not answered."""
        if self.member and not self.answered:
            self.close(status.WS_1011_INTERNAL_ERROR, "You did not answer a ping.")
        elif self.member:
            self.answered = False
            self.offer(PING)

    def close(self, code: int, reason: str = "") -> None:
        """Close the connection with a code of RFC 6455, unless it is already closing."""
        if not self.closing.done():
            self.closing.set_result((code, reason))
            self._queue.put_nowait(None)

    async def next(self) -> ServerSentEvent | None:
        """Return the next message to send, or `None` when the connection closes."""
        message = await self._queue.get()
        return None if self.closing.done() else message


class Allowance:
    """A rate limit (token bucket): so many messages a second, and at most as many at once."""

    def __init__(self, per_second: int) -> None:
        self.per_second = per_second
        self._left = float(per_second)
        self._counted = monotonic()

    def take(self) -> bool:
        """Take a token if one is left."""
        self._left, self._counted = self.left(), monotonic()
        if self._left < 1:
            return False
        self._left -= 1
        return True

    def left(self) -> float:
        gained = (monotonic() - self._counted) * self.per_second
        return min(self._left + gained, self.per_second)
