"""The queue: taskiq, with streams of Redis."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Annotated, Any
# {% if auth != 'none' %}
from uuid import UUID
# {% endif %}

from taskiq import Context, SmartRetryMiddleware, TaskiqDepends, TaskiqMessage
from taskiq.depends.progress_tracker import ProgressTracker, TaskState
from taskiq.exceptions import NoResultError
from taskiq.result import TaskiqResult
from taskiq.serializers import JSONSerializer
from taskiq_redis import ListRedisScheduleSource, RedisAsyncResultBackend, RedisStreamBroker

from app.config import Settings
# {% if database != 'none' %}
from app.database.connection import Database
# {% endif %}
from app.redis.connection import connection_options, open_redis
from app.tasks.service import JobError, Tasks


@dataclass(frozen=True)
class TaskContext:
    """The resources for a job{{ ', and the user who started it' if auth != 'none' }}."""

    settings: Settings
    # {% if database != 'none' %}
    database: Database
    # {% endif %}
    progress: ProgressTracker[dict[str, int]]
    # {% if auth != 'none' %}
    owner_id: UUID | None
    # {% endif %}

    async def report_progress(self, done: int, expected: int) -> None:
        await self.progress.set_progress(TaskState.STARTED, {"done": done, "expected": expected})


async def get_task_context(
    context: Annotated[Context, TaskiqDepends()],
    progress: Annotated[ProgressTracker[dict[str, int]], TaskiqDepends()],
) -> TaskContext:
    state = context.state
    # {% if auth != 'none' %}
    task = await state.tasks.read(context.message.task_id)
    # {% endif %}
    # {% if database != 'none' and auth != 'none' %}
    return TaskContext(state.settings, state.database, progress, task.owner_id if task else None)
    # {% elif database != 'none' and not (auth != 'none') %}
    return TaskContext(state.settings, state.database, progress)
    # {% elif not (database != 'none') and auth != 'none' %}
    return TaskContext(state.settings, progress, task.owner_id if task else None)
    # {% else %}
    return TaskContext(state.settings, progress)
    # {% endif %}


TaskContextDep = Annotated[TaskContext, TaskiqDepends(get_task_context)]


class JobMiddleware(SmartRetryMiddleware):
    """Notes when a task starts and ends, and retries it after an error, except a `JobError`."""

    async def pre_execute(self, message: TaskiqMessage) -> TaskiqMessage:
        await self.broker.state.tasks.begin(message.task_id)
        return message

    async def on_error(
        self, message: TaskiqMessage, result: TaskiqResult[Any], exception: BaseException
    ) -> None:
        if not isinstance(exception, JobError):
            await super().on_error(message, result, exception)

    async def post_execute(self, message: TaskiqMessage, result: TaskiqResult[Any]) -> None:
        if not isinstance(result.error, NoResultError):
            await self.broker.state.tasks.finish(message.task_id)


def create_schedule_source(settings: Settings) -> ListRedisScheduleSource:
    """Return the source of retries that are due later."""
    prefix = settings.redis_prefix.replace(":", "-")  # the source finds keys by their colons
    return ListRedisScheduleSource(
        settings.redis_url.get_secret_value(),
        prefix=f"{prefix}schedule",
        serializer=JSONSerializer(),
        **connection_options(settings),
    )


def create_broker(settings: Settings) -> RedisStreamBroker:
    """Return a broker. It has all shared tasks that are imported."""
    url = settings.redis_url.get_secret_value()
    options = connection_options(settings)
    results: RedisAsyncResultBackend[Any] = RedisAsyncResultBackend(
        url,
        prefix_str=f"{settings.redis_prefix}task-result",
        result_ex_time=settings.task_result_hours * 3600,
        serializer=JSONSerializer(),
        **options,
    )
    broker = RedisStreamBroker(
        url,
        queue_name=f"{settings.redis_prefix}queue",
        consumer_id="0",  # also tasks that were sent before the first worker started
        idle_timeout=settings.task_redelivery_seconds * 1000,
        unacknowledged_lock_timeout=settings.task_redelivery_seconds,
        maxlen=2 * settings.queue_limit,  # a stream keeps what is done
        xread_count=1,
        **options,
    )
    middleware = JobMiddleware(
        default_delay=2,
        default_retry_count=5,
        default_retry_label=True,
        max_delay_exponent=600,
        schedule_source=create_schedule_source(settings),
        use_delay_exponent=True,
        use_jitter=True,
    )
    return broker.with_result_backend(results).with_middlewares(middleware)


@asynccontextmanager
async def open_tasks(settings: Settings) -> AsyncGenerator[Tasks]:
    broker = create_broker(settings)
    async with open_redis(settings) as redis:
        yield Tasks(broker, redis, settings)
        await broker.shutdown()
