"""The time limit and the lease of a running task."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress

from redis.exceptions import RedisError

RENEWAL_SECONDS = 5

time_limit = asyncio.timeout


@asynccontextmanager
async def kept_alive(renew: Callable[[], Awaitable[None]]) -> AsyncIterator[None]:
    """Renew the lease of a task periodically. Jobs must not block the event loop."""

    async def keep() -> None:
        while True:
            await asyncio.sleep(RENEWAL_SECONDS)
            with suppress(RedisError):
                await renew()

    keeping = asyncio.create_task(keep())
    try:
        yield
    finally:
        keeping.cancel()
