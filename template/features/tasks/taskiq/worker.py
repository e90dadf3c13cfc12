"""What `taskiq worker app.tasks.worker:broker` and `taskiq scheduler app.tasks.worker:scheduler` run."""

import logging
from contextlib import AsyncExitStack

from taskiq import TaskiqEvents, TaskiqScheduler, TaskiqState, async_shared_broker
from taskiq.schedule_sources import LabelScheduleSource

# {% if sweeping %}
import app.auth.jobs
# {% endif %}
# {% if database != 'none' %}
import app.main
# {% endif %}
import app.tasks.jobs  # noqa: F401 -- the broker knows what is imported
from app.config import load_settings
# {% if database != 'none' %}
from app.database.connection import open_database
# {% endif %}
from app.logging import configure_logging
from app.redis.connection import open_redis
from app.tasks.queue import create_broker, create_schedule_source
from app.tasks.service import Tasks

settings = load_settings()
configure_logging(settings)
logging.getLogger("taskiq.redis_schedule_source").setLevel(logging.WARNING)  # logs each look
broker = create_broker(settings)
scheduler = TaskiqScheduler(
    broker, [LabelScheduleSource(async_shared_broker), create_schedule_source(settings)]
)


@broker.on_event(TaskiqEvents.WORKER_STARTUP)
async def open_resources(state: TaskiqState) -> None:
    state.opened = AsyncExitStack()
    state.settings = settings
    redis = await state.opened.enter_async_context(open_redis(settings))
    state.tasks = Tasks(broker, redis, settings)
    # {% if database != 'none' %}
    state.database = await state.opened.enter_async_context(open_database(settings))
# {% endif %}


@broker.on_event(TaskiqEvents.WORKER_SHUTDOWN)
async def close_resources(state: TaskiqState) -> None:
    await state.opened.aclose()
