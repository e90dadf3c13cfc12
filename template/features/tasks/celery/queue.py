"""The queue: Celery. Its messages are JSON and contain only the id of a task."""

from collections.abc import Iterator
from contextlib import contextmanager

from celery import Celery
from kombu.exceptions import OperationalError

from app.config import Settings

RUN = "run"
UNAVAILABLE = (OperationalError,)


def create_celery(settings: Settings) -> Celery:
    broker = settings.broker_url or settings.redis_url
    celery = Celery(broker=broker.get_secret_value(), set_as_current=False)
    celery.conf.update(
        accept_content=["json"],
        broker_connection_retry_on_startup=True,
        broker_connection_timeout=settings.redis_timeout,
        broker_transport_options={
            "global_keyprefix": settings.redis_prefix,
            "socket_connect_timeout": settings.redis_timeout,
        },
        task_acks_late=True,
        task_default_queue=f"{settings.redis_prefix}queue" if settings.broker_url else "queue",
        task_ignore_result=True,
        task_publish_retry_policy={"max_retries": 2, "interval_start": 0, "interval_max": 0.1},
        task_serializer="json",
        worker_enable_remote_control=False,
        worker_prefetch_multiplier=1,
    )
    return celery


class Queue:
    """The queue from which workers take the ids of tasks."""

    def __init__(self, celery: Celery) -> None:
        self.celery = celery

    def send(self, task_id: str) -> None:
        self.celery.send_task(RUN, [task_id])

    def ping(self) -> None:
        with self.celery.connection_for_write() as connection:
            connection.ensure_connection(max_retries=1)


@contextmanager
def open_queue(settings: Settings) -> Iterator[Queue]:
    with create_celery(settings) as celery:
        yield Queue(celery)
