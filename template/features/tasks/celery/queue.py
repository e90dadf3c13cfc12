"""The queue: Celery."""

import logging
from collections.abc import Generator
from contextlib import contextmanager
from queue import Empty
from typing import Any, ClassVar
# {% if auth != 'none' %}
from uuid import UUID
# {% endif %}

from celery import Celery, Task
from celery.exceptions import SoftTimeLimitExceeded
from kombu.transport import redis
from redis.exceptions import DataError

from app.config import Settings
# {% if database != 'none' %}
# {% if sync %}
from app.database.connection import Database
# {% else %}
from app.database.connection import BlockingDatabase
# {% endif %}
# {% endif %}
from app.redis.connection import open_blocking_redis
from app.setting_types import celery_url
from app.tasks.service import JobError, Tasks

logger = logging.getLogger(__name__)

SWEEP_SECONDS = 5
"""How often workers look for tasks of lost ones, and how long a lost worker can block this."""

MALFORMED = (AttributeError, LookupError, RecursionError, TypeError, ValueError, DataError)


class Job(Task):
    """A Celery task with the resources of its worker. Errors retry it after a growing delay."""

    autoretry_for = (Exception,)
    dont_autoretry_for = (JobError, SoftTimeLimitExceeded)
    default_retry_delay = 1  # after the loss of a process; errors have retry_backoff
    max_retries = 4
    retry_backoff = 2
    soft_time_limit = 60
    time_limit = 70

    settings: ClassVar[Settings]
    tasks: ClassVar[Tasks]
    # {% if database != 'none' %}
    # {% if sync %}
    database: ClassVar[Database]
    # {% else %}
    database: ClassVar[BlockingDatabase]
    # {% endif %}
    # {% endif %}
    # {% if auth != 'none' %}

    @property
    def owner_id(self) -> UUID | None:
        """The user who started the task. A scheduled task has none."""
        owner_id: UUID | None = self.request.get("owner_id")
        return owner_id
    # {% endif %}

    def report_progress(self, done: int, expected: int) -> None:
        self.update_state(state="PROGRESS", meta={"done": done, "expected": expected})

    def before_start(self, task_id: str, args: Any, kwargs: Any) -> None:
        # {% if auth == 'none' %}
        self.tasks.begin(task_id)
        # {% else %}
        task = self.tasks.begin(task_id)
        self.request.update(owner_id=task.owner_id if task else None)
    # {% endif %}

    def on_success(self, retval: Any, task_id: str, args: Any, kwargs: Any) -> None:
        self.tasks.finish(task_id)

    def on_failure(self, exc: Any, task_id: str, args: Any, kwargs: Any, einfo: Any) -> None:
        self.tasks.finish(task_id)


class Channel(redis.Channel):
    """Drops a malformed message, which would end the worker."""

    def _brpop_read(self, **options: Any) -> Any:
        try:
            return super()._brpop_read(**options)
        except MALFORMED:
            logger.exception("A malformed message was dropped")
            raise Empty from None


class Transport(redis.Transport):
    Channel = Channel


def create_celery(settings: Settings) -> Celery:
    """Return a Celery application. It has all shared tasks that are imported."""
    prefix, redis_url = settings.redis_prefix, celery_url(settings.redis_url)
    broker_url = celery_url(settings.broker_url or settings.redis_url)
    over_amqp = broker_url.startswith("amqp")
    celery = Celery(broker=broker_url, backend=redis_url, set_as_current=False)
    celery.conf.update(
        broker_connection_retry_on_startup=True,
        broker_connection_timeout=settings.redis_timeout,
        broker_transport=None if over_amqp else f"{__name__}:Transport",
        broker_transport_options={
            "global_keyprefix": prefix,
            "socket_connect_timeout": settings.redis_timeout,
            "unacked_mutex_expire": SWEEP_SECONDS,
            "unacked_restore_interval": SWEEP_SECONDS,
            "unacked_restore_throttle": 1,
            "visibility_timeout": settings.task_redelivery_seconds,
        },
        redis_socket_connect_timeout=settings.redis_timeout,
        result_backend_transport_options={"global_keyprefix": prefix},
        result_expires=settings.task_result_hours * 3600,
        task_acks_late=True,
        task_default_queue=f"{prefix}queue" if over_amqp else "queue",
        task_publish_retry_policy={"max_retries": 2, "interval_start": 0, "interval_max": 0.1},
        task_reject_on_worker_lost=True,
        task_retry_on_worker_lost=True,
        task_track_started=True,
        worker_cancel_long_running_tasks_on_connection_loss=True,
        worker_concurrency=settings.worker_concurrency,
        worker_prefetch_multiplier=1,
    )
    return celery


@contextmanager
def open_tasks(settings: Settings) -> Generator[Tasks]:
    with open_blocking_redis(settings) as redis, create_celery(settings) as celery:
        yield Tasks(celery, redis, settings)
