# {% set blocking = task_queue and jobs_sync %}
"""The pool of connections to Redis."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
# {% if task_queue %}
from typing import Any
# {% endif %}

# {% if blocking %}
from redis import Redis as BlockingRedis
# {% endif %}
from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import ExponentialWithJitterBackoff
# {% if blocking %}
from redis.retry import Retry as BlockingRetry
# {% endif %}

from app.config import Settings

# {% if task_queue %}

# {% if blocking %}
def connection_options(settings: Settings, retry: type[Retry | BlockingRetry]) -> dict[str, Any]:
    """Return what lets a client notice soon that Redis is down, and go on when it is back."""
    return {
        "socket_connect_timeout": settings.redis_timeout,
        "socket_timeout": settings.redis_timeout,
        "retry": retry(ExponentialWithJitterBackoff(base=0.01, cap=0.1), retries=2),
    }
# {% else %}
def connection_options(settings: Settings) -> dict[str, Any]:
    """Return what lets a client notice soon that Redis is down, and go on when it is back."""
    return {
        "socket_connect_timeout": settings.redis_timeout,
        "retry": Retry(ExponentialWithJitterBackoff(base=0.01, cap=0.1), retries=2),
    }
# {% endif %}

# {% endif %}

@asynccontextmanager
async def open_redis(settings: Settings) -> AsyncGenerator[Redis]:
    """Open a client. It connects with the first command."""
    client = Redis.from_url(
        settings.redis_url.get_secret_value(),
        decode_responses=True,
        # {% if blocking %}
        **connection_options(settings, Retry),
        # {% elif task_queue %}
        socket_timeout=settings.redis_timeout,
        **connection_options(settings),
        # {% else %}
        socket_connect_timeout=settings.redis_timeout,
        socket_timeout=settings.redis_timeout,
        retry=Retry(ExponentialWithJitterBackoff(base=0.01, cap=0.1), retries=2),
        # {% endif %}
    )
    async with client:
        yield client
# {% if blocking %}


def open_blocking_redis(settings: Settings) -> BlockingRedis:
    """Open a client for synchronous code, with answers in bytes. A `with` statement closes it."""
    url = settings.redis_url.get_secret_value()
    return BlockingRedis.from_url(url, **connection_options(settings, BlockingRetry))
# {% endif %}
