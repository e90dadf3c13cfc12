"""RQ's settings, in capitals, and the schedule that `rq cron … app.tasks.worker` starts."""

import logging
from functools import partial

from rq import Queue, cron
from rq.serializers import JSONSerializer

# {% if database != 'none' %}
import app.main  # noqa: F401 -- imports all models before the fork
# {% endif %}
from app.config import load_settings
from app.logging import configure_logging
from app.tasks.jobs import SCHEDULE


def without_arguments(record: logging.LogRecord) -> bool:
    """Keep the arguments of tasks out of the log: they may be secret."""
    for name in ("arguments", "kwargs"):
        record.__dict__.pop(name, None)
    return True


settings = load_settings()
configure_logging(settings)
logging.getLogger("rq.worker").addFilter(without_arguments)
QUEUE = f"{settings.redis_prefix}queue"
QUEUES = [QUEUE]
REDIS_URL = settings.redis_url.get_secret_value()

cron.Queue = partial(Queue, serializer=JSONSerializer)  # type: ignore[misc] -- no option sets it
for time, job in SCHEDULE:
    cron.register(job.function, QUEUE, cron=time, job_timeout=job.timeout)
