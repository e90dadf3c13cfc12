"""Huey's consumer: `huey_consumer app.tasks.worker.huey` runs tasks and starts scheduled ones."""

from contextlib import ExitStack
from typing import Any

from huey.api import Task

# {% if sweeping %}
import app.auth.jobs
# {% endif %}
# {% if database != 'none' %}
import app.main
# {% endif %}
import app.tasks.jobs  # noqa: F401 -- Huey knows what is imported
from app.config import load_settings
# {% if database != 'none' %}
# {% if sync %}
from app.database.connection import open_database
# {% else %}
from app.database.connection import open_blocking_database
# {% endif %}
# {% endif %}
from app.logging import configure_logging
from app.tasks.queue import TaskContext, huey, open_tasks, task_context

settings = load_settings()
configure_logging(settings)
opened = ExitStack()
tasks = opened.enter_context(open_tasks(settings))
TaskContext.settings = settings
TaskContext.tasks = tasks
# {% if database != 'none' %}


@huey.on_startup()
def open_resources() -> None:
    """Open the database in each process, after the fork."""
    # {% if sync %}
    TaskContext.database = opened.enter_context(open_database(settings))
    # {% else %}
    TaskContext.database = opened.enter_context(open_blocking_database(settings))
    # {% endif %}


@huey.on_shutdown()
def close_resources() -> None:
    opened.close()
# {% endif %}


@huey.pre_execute()
def begin(task: Task) -> None:
    task_context.set(TaskContext(task.id))
    tasks.begin(task.id)


@huey.post_execute()
def finish(task: Task, _value: Any, error: Exception | None) -> None:
    if error is None or not task.retries:
        tasks.finish(task.id)
