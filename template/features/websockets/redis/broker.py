"""Deliver messages to all processes through Redis, and keep the last ones of each room."""

import asyncio
import logging
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from random import uniform
from time import time
from typing import Any

from fastapi import HTTPException
from pydantic import ValidationError
from redis.asyncio import Redis
from redis.exceptions import RedisError

from app.config import Settings
from app.realtime.schemas import Delivery, Member, Said

logger = logging.getLogger(__name__)

AWAY = (RedisError, OSError)
"""Errors while Redis does not answer."""

LONGEST_PAUSE = 5.0
"""Seconds between two attempts to reconnect to Redis."""


class RoomsUnavailable(HTTPException):
    """Redis is down. The message was not delivered."""

    def __init__(self) -> None:
        super().__init__(503, "Redis does not answer. Try again in a moment.")


class Broker:
    """Rooms across all processes. They use one channel for messages and two keys for each room.

    Each heartbeat stores the time for each member. So the members of a process that died leave
    after two and a half heartbeats.
    """

    def __init__(
        self,
        settings: Settings,
        redis: Redis,
        deliver: Callable[[Delivery], None],
        interrupt: Callable[[], None],
    ) -> None:
        self.subscribed = asyncio.Event()
        self._settings = settings
        self._redis = redis
        self._deliver = deliver
        self._interrupt = interrupt
        self._patience = 2.5 * settings.realtime_heartbeat_seconds
        self._channel = f"{settings.redis_prefix}rooms"
        self._entered: dict[str, tuple[str, Member]] = {}
        self._was_subscribed = False

    async def publish(self, delivery: Delivery) -> None:
        """Deliver a message, and keep it if it is for the whole room. Do both in one step."""
        async with self._reachable(), self._redis.pipeline() as pipeline:
            if isinstance(delivery.message, Said):
                key = self._key(delivery.room, "said")
                pipeline.rpush(key, delivery.message.model_dump_json())
                pipeline.ltrim(key, -self._settings.realtime_events_kept, -1)
                pipeline.expire(key, self._settings.realtime_events_kept_seconds)
            pipeline.publish(self._channel, delivery.model_dump_json())
            await pipeline.execute()

    async def kept(self, room: str) -> list[Said]:
        """Return the last messages of a room, oldest first."""
        async with self._reachable():
            kept = await self._redis.lrange(self._key(room, "said"), 0, -1)
        return [Said.model_validate_json(message) for message in kept]

    async def enter(self, room: str, member: Member) -> None:
        async with self._reachable():
            await self._store(room, member)
        self._entered[member.id] = (room, member)

    async def leave(self, room: str, member: Member) -> None:
        self._entered.pop(member.id, None)
        async with self._reachable():
            await self._redis.zrem(self._key(room, "present"), member.model_dump_json())

    async def present(self, room: str) -> list[Member]:
        """Return the members of a room."""
        key = self._key(room, "present")
        async with self._reachable():
            since = time() - self._patience
            present: list[Any] = await self._redis.zrangebyscore(key, since, "+inf")
        return [Member.model_validate_json(member) for member in present]

    async def refresh(self) -> None:
        """Renew the members of this process, and check that the channel works."""
        if self.subscribed.is_set():
            for room, member in list(self._entered.values()):
                await self._store(room, member)
            await self._redis.publish(self._channel, "")

    async def run(self) -> None:
        """Listen for ever. Reconnect after Redis was down."""
        pause = 0.1
        while True:
            try:
                await self._listen()
            except AWAY:
                logger.warning("Redis is down; rooms wait for it", exc_info=pause > 1)
            except UnicodeDecodeError:
                logger.warning("Ignored a message that is not text, which no service sends")
            except Exception:
                logger.exception("A message could not be delivered; subscribing again")
            pause = 0.1 if self.subscribed.is_set() else min(2 * pause, LONGEST_PAUSE)
            self.subscribed.clear()
            await asyncio.sleep(uniform(pause / 2, pause))  # noqa: S311 -- no secret

    async def _listen(self) -> None:
        """Deliver incoming messages. Return if even the heartbeats stop arriving."""
        loop = asyncio.get_running_loop()
        async with self._redis.pubsub() as pubsub, asyncio.timeout(self._patience) as patience:
            await pubsub.subscribe(self._channel)
            async for message in pubsub.listen():
                patience.reschedule(loop.time() + self._patience)
                if message["type"] == "subscribe":
                    await self._on_subscribed()
                elif message["data"]:
                    self._receive(message["data"])
                    await asyncio.sleep(0)  # let connections send it before the next one arrives

    async def _on_subscribed(self) -> None:
        """Tell the clients that messages may be lost, and Redis the members of this process."""
        self.subscribed.set()
        if self._was_subscribed:
            logger.info("Redis is up again")
            self._interrupt()
            await self.refresh()
        self._was_subscribed = True

    def _receive(self, data: str) -> None:
        try:
            delivery = Delivery.model_validate_json(data)
        except ValidationError:
            logger.warning("Ignored a message of another version of the service")
        else:
            self._deliver(delivery)

    async def _store(self, room: str, member: Member) -> None:
        key, now = self._key(room, "present"), time()
        async with self._redis.pipeline() as pipeline:
            pipeline.zadd(key, {member.model_dump_json(): now})
            pipeline.zremrangebyscore(key, "-inf", now - self._patience)
            pipeline.expire(key, int(self._patience) + 1)
            await pipeline.execute()

    def _key(self, room: str, kind: str) -> str:
        return f"{self._settings.redis_prefix}room:{room}:{kind}"

    @asynccontextmanager
    async def _reachable(self) -> AsyncGenerator[None]:
        """Raise an error if Redis is down, instead of waiting or losing messages."""
        if not self.subscribed.is_set():
            raise RoomsUnavailable
        try:
            yield
        except AWAY:
            raise RoomsUnavailable from None
