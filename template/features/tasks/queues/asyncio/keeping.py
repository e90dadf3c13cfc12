"""Run the keeper in a worker."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from app.tasks.keeper import ROUND_SECONDS, tend
from app.tasks.tasks import Tasks

logger = logging.getLogger(__name__)


@asynccontextmanager
async def keeping(tasks: Tasks) -> AsyncIterator[None]:
    """Look after the tasks periodically. The next round makes up for one that fails."""

    async def keep() -> None:
        while True:
            try:
                await tend(tasks)
            except Exception as error:
                logger.warning("Overdue tasks could not be enqueued: %s", error)
            await asyncio.sleep(ROUND_SECONDS)

    keeper = asyncio.create_task(keep())
    try:
        yield
    finally:
        keeper.cancel()
