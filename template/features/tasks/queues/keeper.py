"""Keeping promises: what is due is sent to the queue again, and periodic jobs are started."""

import logging

from app.tasks.jobs import PERIODIC
from app.tasks.tasks import Tasks

logger = logging.getLogger(__name__)

ROUND_SECONDS = 1.0


async def tend(tasks: Tasks) -> None:
    """Look once for what is due; any number of workers may do so at the same time."""
    for task_id in await tasks.records.take_due():
        logger.info("Task %s is sent to the queue again", task_id)
        await tasks.queue.send(task_id)
    for job in PERIODIC.values():
        await tasks.begin(job)
