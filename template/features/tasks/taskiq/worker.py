"""The worker: `uv run -m app.tasks.worker`."""

import asyncio
import logging
import signal

from taskiq.receiver import Receiver
from taskiq_redis import ListQueueBroker

import app.main  # noqa: F401 -- so that every model is known
from app.config import Settings, load_settings
from app.database.connection import open_database
from app.logging import configure_logging
from app.tasks.keeping import keeping
from app.tasks.queue import RUN, create_broker
from app.tasks.runner import Runner
from app.tasks.tasks import open_tasks

logger = logging.getLogger(__name__)

GRACE_SECONDS = 25.0
"""How long tasks may go on after the worker is told to stop; others are run by another worker."""


async def work(settings: Settings, stopped: asyncio.Event) -> None:
    """Run tasks until it is told to stop."""
    async with open_database(settings) as database, open_tasks(settings) as tasks:
        broker = create_broker(settings)
        runner = Runner(settings, database, tasks.records)

        async def run(task_id: str) -> None:
            await runner.run(task_id)

        broker.register_task(run, task_name=RUN)
        async with keeping(tasks):
            while not stopped.is_set():
                await receive(broker, settings, stopped)
        await broker.shutdown()


async def receive(broker: ListQueueBroker, settings: Settings, stopped: asyncio.Event) -> None:
    """Take tasks out of the queue; return when it is told to stop, or the queue went away."""
    receiver = Receiver(
        broker,
        max_async_tasks=settings.worker_concurrency,
        run_startup=False,
        wait_tasks_timeout=GRACE_SECONDS,
    )
    try:
        await receiver.listen(stopped)
    except Exception as error:
        logger.warning("The queue is not available: %s", error)
        await asyncio.sleep(1)


async def main() -> None:
    settings = load_settings()
    configure_logging(settings)
    stopped = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stopped.set)
    logger.info("The worker is ready for tasks")
    await work(settings, stopped)


if __name__ == "__main__":
    asyncio.run(main())
