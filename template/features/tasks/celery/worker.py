"""Celery's application: `celery -A app.tasks.worker worker` runs tasks, `… beat` starts scheduled ones."""

import logging
from contextlib import ExitStack
from datetime import datetime
from typing import Any

# {% if database != 'none' %}
from celery.signals import setup_logging, worker_process_init, worker_process_shutdown
# {% else %}
from celery.signals import setup_logging
# {% endif %}
from celery.worker.consumer import Consumer
from pydantic import BaseModel

# {% if database != 'none' %}
import app.main  # noqa: F401 -- imports all models
# {% endif %}
from app.config import load_settings
# {% if database != 'none' %}
# {% if sync %}
from app.database.connection import open_database
# {% else %}
from app.database.connection import open_blocking_database
# {% endif %}
# {% endif %}
from app.logging import configure_logging
from app.tasks.jobs import SCHEDULE
from app.tasks.queue import MALFORMED, Job, open_tasks

logger = logging.getLogger(__name__)
settings = load_settings()
opened = ExitStack()
tasks = opened.enter_context(open_tasks(settings))
celery = tasks.celery
celery.conf.update(
    beat_schedule=SCHEDULE,
    beat_scheduler="celery.beat:Scheduler",  # needs no file, unlike the default
    worker_consumer=f"{__name__}:StrictConsumer",
)
Job.settings = settings
Job.tasks = tasks


class Headers(BaseModel):
    """What the worker reads of a message before it runs the task (protocol 2)."""

    id: str
    task: str
    eta: datetime | None = None
    expires: datetime | None = None
    retries: int = 0
    timelimit: tuple[float | None, float | None] = (None, None)
    stamped_headers: list[str] | None = None
    stamps: dict[str, Any] | None = None


class StrictConsumer(Consumer):
    """Drops a malformed message, which would end the worker or keep one of its places."""

    def create_task_handler(self, *arguments: Any, **options: Any) -> Any:
        handle = super().create_task_handler(*arguments, **options)

        def handle_well_formed(message: Any) -> None:
            try:
                Headers.model_validate(message.headers)
                handle(message)
            except MALFORMED:
                logger.exception("A malformed message was dropped")
                message.reject_log_error(logger, self.connection_errors)

        return handle_well_formed


@setup_logging.connect
def set_up_logging(**_signal: object) -> None:
    configure_logging(settings)
    for name in ("celery.app.trace", "celery.worker.strategy"):
        logging.getLogger(name).addFilter(without_arguments)


def without_arguments(record: logging.LogRecord) -> bool:
    """Keep the arguments of tasks out of the log: they may be secret."""
    record.__dict__.pop("data", None)
    return True
# {% if database != 'none' %}


@worker_process_init.connect
def open_resources(**_signal: object) -> None:
    """Open the database in each process, after the fork."""
    # {% if sync %}
    Job.database = opened.enter_context(open_database(settings))
    # {% else %}
    Job.database = opened.enter_context(open_blocking_database(settings))
    # {% endif %}


@worker_process_shutdown.connect
def close_resources(**_signal: object) -> None:
    opened.close()
# {% endif %}
