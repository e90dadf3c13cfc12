"""Connections to Redis for threads and workers."""

from collections.abc import Iterator
from contextlib import contextmanager

from redis import Redis
from redis.backoff import ExponentialWithJitterBackoff
from redis.retry import Retry

from app.redis.config import RedisSettings


@contextmanager
def open_redis(settings: RedisSettings) -> Iterator[Redis]:
    """Open a client. It connects with the first command."""
    client = Redis.from_url(
        settings.redis_url.get_secret_value(),
        decode_responses=True,
        socket_connect_timeout=settings.redis_timeout,
        socket_timeout=settings.redis_timeout,
        retry=Retry(ExponentialWithJitterBackoff(base=0.01, cap=0.1), retries=2),
    )
    with client:
        yield client
