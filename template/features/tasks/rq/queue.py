"""The queue: RQ's, whose messages are JSON and say nothing but a task's id."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import rq
from redis import Redis
from redis.exceptions import RedisError
from rq.serializers import JSONSerializer

from app.config import Settings

RUN = "app.tasks.worker.run"
UNAVAILABLE = (RedisError,)


def queue_name(settings: Settings) -> str:
    return f"{settings.redis_prefix}queue"


class QueueRedis(Redis):
    """A client that knows what RQ asks of the server; an embedded one ends a connection that asks."""

    def info(self, *_sections: Any, **_options: Any) -> dict[str, str]:
        return {"redis_version": "6.2.0"}

    def client_info(self, **_options: Any) -> dict[str, str]:
        return {"addr": "unknown"}


class Queue:
    """Where workers learn which task to run next."""

    def __init__(self, queue: rq.Queue) -> None:
        self.queue = queue

    def send(self, task_id: str) -> None:
        self.queue.enqueue(RUN, task_id, job_timeout=-1, result_ttl=0, failure_ttl=0)


@contextmanager
def open_queue(settings: Settings) -> Iterator[Queue]:
    with QueueRedis.from_url(
        settings.redis_url.get_secret_value(),
        socket_connect_timeout=settings.redis_timeout,
        socket_timeout=settings.redis_timeout,
    ) as redis:
        yield Queue(rq.Queue(queue_name(settings), redis, serializer=JSONSerializer))
