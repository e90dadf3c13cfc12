# {% from 'template/text.jinja' import fitted %}
"""The queue: RQ."""

import logging
from collections.abc import Generator
from contextlib import contextmanager
# {% if auth != 'none' %}
from functools import cached_property
# {% endif %}
from typing import Any
# {% if auth != 'none' %}
from uuid import UUID
# {% endif %}

from pydantic import TypeAdapter
from rq import Queue, get_current_job
from rq.exceptions import NoSuchJobError
from rq.job import Job
from rq.serializers import JSONSerializer

from app.config import Settings, load_settings
# {% if database != 'none' %}
# {% if sync %}
from app.database.connection import Database, open_database
# {% else %}
from app.database.connection import BlockingDatabase, open_blocking_database
# {% endif %}
# {% endif %}
from app.redis.connection import open_blocking_redis
from app.tasks.service import JobError, Tasks, safe_reason

logger = logging.getLogger(__name__)

RESULT = TypeAdapter(Any)


class TaskContext(Job):
    """An RQ job with the resources of its worker. Its function gets it from `get_task_context`."""

    settings: Settings
    tasks: Tasks
    # {% if database != 'none' %}
    # {% if sync %}
    database: Database
    # {% else %}
    database: BlockingDatabase
    # {% endif %}
    # {% endif %}
    # {% if auth != 'none' %}

    @cached_property
    def owner_id(self) -> UUID | None:
        """The user who started the task. A scheduled task has none."""
        task = self.tasks.read(self.id)
        return task.owner_id if task else None
    # {% endif %}

    def report_progress(self, done: int, expected: int) -> None:
        self.meta["progress"] = {"done": done, "expected": expected}
        self.save_meta()

    @classmethod
    def fetch(cls, *arguments: Any, **options: Any) -> Job:
        """Let the worker drop a job whose id cannot be one."""
        try:
            return super().fetch(*arguments, **options)
        except ValueError as error:
            logger.exception("A malformed job was dropped")
            raise NoSuchJobError from error

    def restore(self, raw_data: dict[Any, Any]) -> None:
        """Let the worker drop a malformed job, which would end it."""
        try:
            super().restore(raw_data)
        except Exception as error:
            logger.exception("A malformed job was dropped")
            raise NoSuchJobError from error

    def perform(self) -> Any:
        """Run the function. RQ does so in a new process for each job."""
        self.settings = load_settings()
        # {% call fitted() %}
        with (
            # {% if blocking %}
            open_blocking_database(self.settings) as self.database,
            # {% elif sync %}
            open_database(self.settings) as self.database,
            # {% endif %}
            open_tasks(self.settings) as self.tasks,
        ):
            # {% endcall %}
            self.tasks.begin(self.id)
            try:
                result = RESULT.dump_python(super().perform(), mode="json")
            except Exception as error:
                self.meta["reason"] = safe_reason(error)
                self.save_meta()
                if isinstance(error, JobError):
                    self.retries_left = None
                if not self.should_retry:
                    self.tasks.finish(self.id)
                raise
            self.tasks.finish(self.id)
            return result


def get_task_context() -> TaskContext:
    """Return the context of the job that runs."""
    job = get_current_job()
    if not isinstance(job, TaskContext):
        raise TypeError("no job runs here")
    return job


@contextmanager
def open_tasks(settings: Settings) -> Generator[Tasks]:
    with open_blocking_redis(settings) as redis:
        queue = Queue(f"{settings.redis_prefix}queue", redis, serializer=JSONSerializer)
        yield Tasks(queue, redis, settings)
