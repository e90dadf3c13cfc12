"""The queue: RQ's, a list in Redis that holds nothing but the ids of tasks."""

import rq

from app.config import Settings


class Queue:
    """The list from which workers learn which task to run next."""

    def __init__(self, name: str) -> None:
        self.name = f"{rq.Queue.redis_queue_namespace_prefix}{name}"

    def message(self, task_id: str) -> str:
        return task_id


def queue_name(settings: Settings) -> str:
    """Return the name by which RQ's own tools know the queue."""
    return f"{settings.redis_prefix}queue"


def create_queue(settings: Settings) -> Queue:
    return Queue(queue_name(settings))
