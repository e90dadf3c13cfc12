# {% from 'template/text.jinja' import fitted %}
"""The rooms: their connections, members and messages."""

import asyncio
import logging
from collections import Counter, defaultdict
from collections.abc import AsyncGenerator, Awaitable, Callable, Generator
from contextlib import asynccontextmanager, contextmanager, suppress
from functools import partial
from pathlib import Path

from fastapi import HTTPException, status
# {% if websockets == 'redis' %}
from redis.asyncio import Redis
# {% endif %}

from app.config import STOPPING, Settings
# {% if websockets == 'redis' %}
from app.realtime.broker import Broker, RoomsUnavailable
# {% else %}
from app.realtime.broker import Broker
# {% endif %}
from app.realtime.connections import Allowance, Connection, encode
# {% if websockets == 'redis' %}
from app.realtime.schemas import Delivery, Interrupted, Joined, Left, Member, Said, Told, Welcome
# {% else %}
from app.realtime.schemas import Delivery, Joined, Left, Member, Said, Told, Welcome
# {% endif %}

logger = logging.getLogger(__name__)

GRACE = 5.0
"""Seconds for connections to close when the service stops."""
# {% if auth in ['jwt', 'oidc', 'api_key'] %}
MOST_UNAUTHENTICATED = 1_000
"""How many connections of a process may wait to be authenticated."""
# {% endif %}


class Rooms:
    """The connections of this process, by room. A room exists while it has connections."""

    # {% if websockets == 'redis' %}
    def __init__(self, settings: Settings, redis: Redis) -> None:
        self.settings = settings
        self.broker = Broker(settings, redis, self.deliver, self.interrupt)
    # {% else %}
    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.broker = Broker(settings, self.deliver)
        # {% endif %}
        per_second = settings.realtime_messages_per_second
        self.allowances: dict[str, Allowance] = defaultdict(lambda: Allowance(per_second))
        self._rooms: dict[str, set[Connection]] = {}
        self._owners: Counter[str] = Counter()
        # {% if auth in ['jwt', 'oidc', 'api_key'] %}
        self._authenticating: dict[asyncio.Timeout, str] = {}
        # {% endif %}
        self._emptied = asyncio.Event()
        self._closed = False

    @property
    def connections(self) -> list[Connection]:
        return [connection for room in self._rooms.values() for connection in room]

    # {% if auth in ['jwt', 'oidc', 'api_key'] %}
    @contextmanager
    def authenticating(self, address: str, limit: asyncio.Timeout) -> Generator[None]:
        """Count a connection that waits to be authenticated. Refuse too many, of an address or all.

        The limit of its time is moved up when the service stops.
        """
        self.refuse_if_closed()
        addresses = list(self._authenticating.values())
        most = self.settings.realtime_connections
        if addresses.count(address) >= most or len(addresses) >= MOST_UNAUTHENTICATED:
            raise HTTPException(429, "Too many connections wait to be authenticated.")
        self._authenticating[limit] = address
        try:
            yield
        finally:
            del self._authenticating[limit]
        self.refuse_if_closed()

    # {% endif %}
    @contextmanager
    def connected(self, room: str, connection: Connection) -> Generator[None]:
        """Deliver the messages of a room to a connection. Refuse one too many, or while stopping."""
        self.refuse_if_closed()
        most = self.settings.realtime_connections
        if self._owners[connection.owner] >= most:
            raise HTTPException(429, f"You have {most} connections, which is the limit.")
        self._owners[connection.owner] += 1
        self._rooms.setdefault(room, set()).add(connection)
        try:
            yield
        finally:
            self._owners[connection.owner] -= 1
            if not self._owners[connection.owner]:
                del self._owners[connection.owner]
            self._rooms[room].discard(connection)
            if not self._rooms[room]:
                del self._rooms[room]
            if not self._rooms:
                self._emptied.set()

    @asynccontextmanager
    async def joined(
        self, room: str, connection: Connection, member: Member
    ) -> AsyncGenerator[Welcome]:
        """Add a member to a room, and tell the others when they enter and leave."""
        with self.connected(room, connection):
            await self.broker.enter(room, member)
            try:
                welcome = Welcome(you=member, present=await self.broker.present(room))
                await self.broker.publish(Delivery(room=room, message=Joined(member=member)))
                yield welcome
            finally:
                # {% if websockets == 'redis' %}
                with suppress(RoomsUnavailable):  # other processes learn later who left
                    await self.broker.leave(room, member)
                    await self.broker.publish(Delivery(room=room, message=Left(member=member)))
                # {% else %}
                await self.broker.leave(room, member)
                await self.broker.publish(Delivery(room=room, message=Left(member=member)))
    # {% endif %}

    async def say(self, room: str, sender: Member, text: str) -> None:
        """Send a text to all connections of a room."""
        said = Said(sender=sender, text=text)
        await self.broker.publish(Delivery(room=room, message=said))

    async def tell(self, room: str, sender: Member, to: str, text: str) -> bool:
        """Send a text to one member of a room. Return whether they are in the room."""
        if to not in {member.id for member in await self.broker.present(room)}:
            return False
        told = Told(sender=sender, text=text)
        await self.broker.publish(Delivery(room=room, to=to, message=told))
        return True

    async def said_since(self, room: str, last_id: str | None) -> list[Said]:
        """Return the messages after the given one, or all if that one is no longer kept."""
        if last_id is None:
            return []
        kept = await self.broker.kept(room)
        ids = [message.id for message in kept]
        return kept[ids.index(last_id) + 1 :] if last_id in ids else kept

    def deliver(self, delivery: Delivery) -> None:
        """Deliver a message to the connections of this process."""
        message = encode(delivery.message)
        for connection in self._rooms.get(delivery.room, ()):
            if delivery.to is None or (connection.member and connection.member.id == delivery.to):
                connection.offer(message)

    # {% if websockets == 'redis' %}
    def interrupt(self) -> None:
        """Tell all connections that messages may be lost."""
        for connection in self.connections:
            connection.answer(Interrupted())

    # {% endif %}
    async def beat(self) -> None:
        """Ping all connections, close those that are dead, and forget rate limits of who left."""
        for connection in self.connections:
            connection.ping()
        for owner, allowance in list(self.allowances.items()):
            if owner not in self._owners and allowance.left() == allowance.per_second:
                del self.allowances[owner]
        await self.broker.refresh()

    # {% if auth != 'none' %}
    async def check_callers(self) -> None:
        """Close connections whose callers are no longer allowed."""
        for connection in self.connections:
            try:
                await connection.check()
            except HTTPException as refusal:
                connection.close(status.WS_1008_POLICY_VIOLATION, str(refusal.detail))

    # {% endif %}
    def refuse_if_closed(self) -> None:
        if self._closed:
            raise HTTPException(503, "The service is stopping.")

    async def close(self) -> None:
        """Close all connections, accept no new ones, and wait until they are closed."""
        self._closed = True
        self._emptied.clear()
        for connection in self.connections:
            connection.close(status.WS_1001_GOING_AWAY, "The service is stopping.")
        # {% if auth in ['jwt', 'oidc', 'api_key'] %}
        for limit in self._authenticating:
            if not limit.expired():
                limit.reschedule(0)
        # {% endif %}
        if self._rooms:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._emptied.wait(), GRACE)

    async def close_if_stopping(self, drain_file: Path) -> None:
        """Close all connections if the server is about to stop: it would wait, or break them off."""
        if is_stopping(drain_file):
            await self.close()


def is_stopping(drain_file: Path) -> bool:
    return drain_file.exists() and drain_file.read_text() == STOPPING


@asynccontextmanager
# {% call fitted() %}
async def open_rooms(
    settings: Settings,
    # {% if websockets == 'redis' %}
    redis: Redis,
    # {% endif %}
) -> AsyncGenerator[Rooms]:
    # {% endcall %}
    """Start the rooms and their periodic tasks. At the end, close all connections."""
    # {% if websockets == 'redis' %}
    rooms = Rooms(settings, redis)
    # {% else %}
    logger.info("Each process has its own rooms: run one process, or keep the rooms in Redis")
    rooms = Rooms(settings)
    # {% endif %}
    seconds = settings.realtime_heartbeat_seconds
    async with asyncio.TaskGroup() as tasks:
        watching = [
            tasks.create_task(repeat(seconds, rooms.beat)),
            # {% if auth != 'none' %}
            tasks.create_task(repeat(seconds, rooms.check_callers)),
            # {% endif %}
            # {% if websockets == 'redis' %}
            tasks.create_task(rooms.broker.run()),
            # {% endif %}
        ]
        # {% if websockets == 'redis' %}
        with suppress(TimeoutError):
            await asyncio.wait_for(rooms.broker.subscribed.wait(), settings.redis_timeout)
        # {% endif %}
        if settings.drain_file:
            close = partial(rooms.close_if_stopping, settings.drain_file)
            watching.append(tasks.create_task(repeat(0.1, close)))
        try:
            yield rooms
        finally:
            await rooms.close()
            for task in watching:
                task.cancel()


async def repeat(seconds: float, act: Callable[[], Awaitable[None]]) -> None:
    """Repeat an action, even after it failed."""
    while True:
        await asyncio.sleep(seconds)
        try:
            await act()
        except Exception:
            logger.exception("A periodic task of the rooms failed and will be repeated")
