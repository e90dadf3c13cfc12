"""The queue: RQ's, whose messages are JSON and say nothing but a task's id."""

from collections.abc import Iterator
from contextlib import contextmanager

import rq
from redis import Redis
from redis.exceptions import RedisError
from rq.serializers import JSONSerializer

from app.config import Settings

RUN = "app.tasks.worker.run"
UNAVAILABLE = (RedisError,)
OLDEST_REDIS = (6, 2, 0)
"""What RQ may count on; told, it does not ask the server first."""


def queue_name(settings: Settings) -> str:
    return f"{settings.redis_prefix}queue"


class Queue:
    """Where workers learn which task to run next."""

    def __init__(self, queue: rq.Queue) -> None:
        self.queue = queue

    def send(self, task_id: str) -> None:
        self.queue.enqueue(RUN, task_id, job_timeout=-1, result_ttl=0, failure_ttl=0)


@contextmanager
def open_queue(settings: Settings) -> Iterator[Queue]:
    with Redis.from_url(
        settings.redis_url.get_secret_value(),
        socket_connect_timeout=settings.redis_timeout,
        socket_timeout=settings.redis_timeout,
    ) as redis:
        queue = rq.Queue(queue_name(settings), redis, serializer=JSONSerializer)
        queue.redis_server_version = OLDEST_REDIS
        yield Queue(queue)
