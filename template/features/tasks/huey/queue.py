"""The queue: Huey."""

import json
import logging
from collections.abc import Generator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime
# {% if auth != 'none' %}
from functools import cached_property
# {% endif %}
from typing import Any, ClassVar
# {% if auth != 'none' %}
from uuid import UUID
# {% endif %}

from huey import Huey
from huey.consumer import Consumer
from huey.registry import Message
from huey.serializer import Serializer
from huey.storage import BlackHoleStorage, RedisExpireStorage
from huey.utils import Error
from pydantic import TypeAdapter

from app.config import Settings
# {% if database != 'none' %}
# {% if sync %}
from app.database.connection import Database
# {% else %}
from app.database.connection import BlockingDatabase
# {% endif %}
# {% endif %}
from app.redis.connection import open_blocking_redis
from app.tasks.service import Tasks

ANY = TypeAdapter(Any)


class JSONSerializer(Serializer):
    """Encode messages and results as JSON. With pickle, access to Redis allows to run code."""

    def _serialize(self, data: Any) -> bytes:
        kind = type(data).__name__ if isinstance(data, Message | Error) else "value"
        return ANY.dump_json([kind, data])

    def _deserialize(self, data: bytes) -> Any:
        kind, value = json.loads(data)
        if kind == Message.__name__:
            message = Message(*value)
            return message._replace(eta=message.eta and datetime.fromisoformat(message.eta))
        return Error(*value) if kind == Error.__name__ else value


class LoggingHuey(Huey):
    """Logs as the service does, without the second copy that `huey_consumer` would write."""

    def create_consumer(self, **options: Any) -> Consumer:
        logging.getLogger("huey").handlers.clear()
        return super().create_consumer(**options)


huey = LoggingHuey(
    storage_class=BlackHoleStorage,  # until `open_tasks` is called
    serializer=JSONSerializer(),
    store_none=True,
    store_intermediate_errors=False,
)


@dataclass(frozen=True)
class TaskContext:
    """The resources for a job."""

    settings: ClassVar[Settings]
    tasks: ClassVar[Tasks]
    # {% if database != 'none' %}
    # {% if sync %}
    database: ClassVar[Database]
    # {% else %}
    database: ClassVar[BlockingDatabase]
    # {% endif %}
    # {% endif %}
    id: str
    # {% if auth != 'none' %}

    @cached_property
    def owner_id(self) -> UUID | None:
        """The user who started the task. A scheduled task has none."""
        task = self.tasks.read(self.id)
        return task.owner_id if task else None
    # {% endif %}

    def report_progress(self, done: int, expected: int) -> None:
        huey.put_result(f"{self.id}:progress", {"done": done, "expected": expected})


task_context: ContextVar[TaskContext] = ContextVar("task_context")


def get_task_context() -> TaskContext:
    """Return the context of the job that runs."""
    return task_context.get()


@contextmanager
def open_tasks(settings: Settings) -> Generator[Tasks]:
    """Let Huey use the Redis of the settings."""
    before = huey.storage
    with open_blocking_redis(settings) as redis:
        huey.storage = RedisExpireStorage(
            settings.redis_prefix,
            expire_time=settings.task_result_hours * 3600,
            connection_pool=redis.connection_pool,
            clean_name=False,
        )
        try:
            yield Tasks(huey, redis, settings)
        finally:
            huey.storage = before
