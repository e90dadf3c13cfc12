"""Run the keeper in a worker."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event, Thread

from app.tasks.keeper import ROUND_SECONDS, tend
from app.tasks.tasks import Tasks

logger = logging.getLogger(__name__)


@contextmanager
def keeping(tasks: Tasks) -> Iterator[None]:
    """Look after the tasks periodically. The next round makes up for one that fails."""
    ended = Event()

    def keep() -> None:
        while not ended.wait(ROUND_SECONDS):
            try:
                tend(tasks)
            except Exception as error:
                logger.warning("Overdue tasks could not be enqueued: %s", error)

    thread = Thread(target=keep, daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()
