"""The queue: RQ. Its list in Redis contains only the ids of tasks."""

import rq

from app.config import Settings


class Queue:
    """The list from which workers take the ids of tasks."""

    def __init__(self, name: str) -> None:
        self.name = f"{rq.Queue.redis_queue_namespace_prefix}{name}"

    def message(self, task_id: str) -> str:
        return task_id


def queue_name(settings: Settings) -> str:
    """Return the name of the queue for RQ's own tools."""
    return f"{settings.redis_prefix}queue"


def create_queue(settings: Settings) -> Queue:
    return Queue(queue_name(settings))
