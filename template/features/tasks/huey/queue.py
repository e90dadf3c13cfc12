"""The queue: Huey. Its messages are JSON and contain only the id of a task."""

import json
from collections.abc import Callable
from typing import Any

from huey import RedisHuey
from huey.registry import Message
from huey.serializer import Serializer
from redis import ConnectionPool
from redis.backoff import ExponentialWithJitterBackoff
from redis.retry import Retry

from app.config import Settings


class JSONSerializer(Serializer):
    """Encode messages as JSON. With pickle, Huey's default, access to Redis allows to run code."""

    def _serialize(self, data: Message) -> bytes:
        return json.dumps(data).encode()

    def _deserialize(self, data: bytes) -> Message:
        return Message(*json.loads(data))


def create_huey(settings: Settings, run: Callable[[str], None]) -> tuple[RedisHuey, Any]:
    """Return Huey and its only task, which takes the id of one of our tasks."""
    pool = ConnectionPool.from_url(
        settings.redis_url.get_secret_value(),
        socket_connect_timeout=settings.redis_timeout,
        socket_timeout=settings.redis_timeout,
        retry=Retry(ExponentialWithJitterBackoff(base=0.01, cap=0.1), retries=2),
    )
    huey = RedisHuey(
        settings.redis_prefix,
        clean_name=False,
        connection_pool=pool,
        results=False,
        serializer=JSONSerializer(),
    )

    @huey.task(name="run")
    def queued(task_id: str) -> None:
        run(task_id)

    return huey, queued


class Queue:
    """The list from which workers take the ids of tasks."""

    def __init__(self, huey: RedisHuey, queued: Any) -> None:
        self.huey = huey
        self.queued = queued
        storage: Any = huey.storage
        self.name: str = storage.queue_key

    def message(self, task_id: str) -> bytes:
        return self.huey.serialize_task(self.queued.s(task_id, id=task_id))


def run_nothing(_task_id: str) -> None:
    raise NotImplementedError("Only workers run tasks.")


def create_queue(settings: Settings) -> Queue:
    return Queue(*create_huey(settings, run_nothing))
