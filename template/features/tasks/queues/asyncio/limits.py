"""What surrounds a task while it runs: a time limit, and signs of life."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress

from redis.exceptions import RedisError

RENEWAL_SECONDS = 5

time_limit = asyncio.timeout


@asynccontextmanager
async def kept_alive(renew: Callable[[], Awaitable[None]]) -> AsyncIterator[None]:
    """Renew a task's lease again and again; a job must not hold up the event loop meanwhile."""

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
