# {% from 'template/style.jinja' import style with context %}
# {% call style(jobs_sync) %}
# {% import 'template/features/tasks/' ~ tasks ~ '/service.jinja' as library with context %}
"""Start and find tasks. Redis keeps what the queue does not: owners, idempotency keys and limits."""

import logging
# {% if tasks == 'rq' %}
from collections.abc import Callable, Sequence
# {% endif %}
from contextlib import suppress
# {% if tasks == 'rq' %}
from dataclasses import dataclass
# {% endif %}
from datetime import UTC, datetime, timedelta
from typing import Any

{{ library.third_party() }}

from app.config import Settings
from app.logging import request_id
from app.tasks.schemas import Outcome, {{ 'Progress, ' if tasks == 'celery' }}TaskRecord

logger = logging.getLogger(__name__)


class JobError({{ 'CancelExecution' if tasks == 'huey' else 'Exception' }}):
    """A failure whose text the client may see. The job is not retried."""
# {% if tasks == 'huey' %}
{{ library.classes() }}
# {% else %}


def safe_reason(error: object) -> str:
    """Describe a failure for the client, without internals of the service."""
    if isinstance(error, JobError):
        return str(error)
    if isinstance(error, {{ library.timeout }}):
        return "It took too long."
    return "It failed. The reason is in the log of the service."


# {% if tasks == 'rq' %}
{{ library.classes() }}
# {% endif %}
# {% endif %}
class Tasks:
    """The tasks of the service. Sorted sets of the unfinished ones count for the limits."""

    def __init__(self, {{ library.parameter }}redis: Redis, settings: Settings) -> None:
{{ library.attribute() }}        self.redis = redis
        self.settings = settings
        self.retention = timedelta(hours=settings.task_result_hours)

    async def start(self, task: TaskRecord, job: {{ 'JobType' if tasks == 'rq' else 'Any' }}, key: str | None = None) -> TaskRecord:
        """Enqueue a task, or return the one that the same key started."""
        claim = key and f"{self.settings.redis_prefix}task-key:{{ '{task.owner_id}:' if auth != 'none' }}{task.job}:{key}"
        # Claims of requests that enqueue nothing expire after a minute.
        if claim and not await self.redis.set(claim, "", nx=True, ex=60):
            task_id: Any = await self.redis.get(claim)
            known = await self.get({{ 'task_id.decode()' if jobs_sync else 'task_id' }}) if task_id else None
            if known is None:
                raise HTTPException(409, "The task of this key is about to start, or has expired.")
            if known.arguments != task.arguments:
                raise HTTPException(422, "This key was already used with other arguments.")
            return known
        try:
            await self.count(task)
            await self.write(task)
            await self.send(task, job)
        except Exception:
            await self.uncount(task)
            if claim:
                await self.redis.delete(claim)
            raise
        if claim:
            await self.redis.set(claim, task.id, ex=self.retention)
        return task

    async def get(self, task_id: str) -> TaskRecord | None:
        """Return what Redis and the queue know of a task."""
        task = await self.read(task_id)
        if task is None:
            return None
        outcome = await self.outcome(task)
        if outcome.state != "queued" and task.started_at is None:
            task = await self.read(task_id) or task  # it has started in the meantime
        return task.model_copy(update=dict(outcome))

    async def begin(self, task_id: str) -> TaskRecord | None:
        """Note in a worker that a task starts, and return it. Scheduled tasks have no record."""
        task = await self.read(task_id)
        request_id.set(task.request_id if task else None)
        if task:
            task.started_at = datetime.now(UTC)
            await self.write(task)
        return task

    async def finish(self, task_id: str) -> None:
        """Note in a worker that a task succeeded, or failed for good."""
        task = await self.read(task_id)
        if task:
            task.finished_at = datetime.now(UTC)
            await self.write(task)
            await self.uncount(task)

{{ library.methods() }}
    async def read(self, task_id: str) -> TaskRecord | None:
        record = await self.redis.get(f"{self.settings.redis_prefix}task-record:{task_id}")
        with suppress(ValueError):  # there is none, or it is of another version
            return TaskRecord.model_validate_json(record or "")
        return None

    async def write(self, task: TaskRecord) -> None:
        name = f"{self.settings.redis_prefix}task-record:{task.id}"
        await self.redis.set(name, task.model_dump_json(), ex=self.retention)

    def counters(self, task: TaskRecord) -> list[str]:
        """Return the names of the sorted sets of unfinished tasks to which a task belongs."""
# {% if auth == 'none' %}
        return [f"{self.settings.redis_prefix}tasks"]
# {% else %}
        everybody = f"{self.settings.redis_prefix}tasks"
        return [everybody, f"{everybody}:{task.owner_id}"]
# {% endif %}

    async def count(self, task: TaskRecord) -> None:
        """Count a task as unfinished, if the limits allow it."""
        created = task.created_at.timestamp()
        async with self.redis.pipeline() as pipeline:
            for name in self.counters(task):
                pipeline.zremrangebyscore(name, 0, created - self.retention.total_seconds())
                pipeline.zadd(name, {task.id: created})
                pipeline.expire(name, self.retention)
                pipeline.zcard(name)
            results = await pipeline.execute()
        if results[3] > self.settings.queue_limit:
            logger.warning("The queue is full")
            raise HTTPException(503, "The queue is full.")
# {% if auth != 'none' %}
        if results[7] > self.settings.user_task_limit:
            raise HTTPException(429, "You have too many unfinished tasks.")
# {% endif %}

    async def uncount(self, task: TaskRecord) -> None:
        for name in self.counters(task):
            await self.redis.zrem(name, task.id)
# {% endcall %}
