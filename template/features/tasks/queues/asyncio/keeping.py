"""The keeper beside the work of a worker."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from app.tasks.keeper import ROUND_SECONDS, tend
from app.tasks.tasks import Tasks

logger = logging.getLogger(__name__)


@asynccontextmanager
async def keeping(tasks: Tasks) -> AsyncIterator[None]:
    """Tend the tasks again and again; what fails is done by the next round, or another worker."""

    async def keep() -> None:
        while True:
            try:
                await tend(tasks)
            except Exception as error:
                logger.warning("What is due cannot be sent: %s", error)
            await asyncio.sleep(ROUND_SECONDS)

    keeper = asyncio.create_task(keep())
    try:
        yield
    finally:
        keeper.cancel()
