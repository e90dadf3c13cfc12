"""RQ's settings, in capitals, and the schedule that `rq cron … app.tasks.worker` starts, in UTC."""

import logging
from functools import partial

from rq import Queue, cron
from rq.serializers import JSONSerializer

# {% if database != 'none' %}
import app.main  # noqa: F401 -- imports all models before the fork
# {% else %}
import app.tasks.jobs  # noqa: F401 -- before the fork
# {% endif %}
# {% if sweeping %}
from app.auth.jobs import delete_expired
# {% endif %}
from app.config import load_settings
# {% if item_jobs %}
from app.items.jobs import report_items
# {% endif %}
from app.logging import configure_logging


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

# {% if item_jobs %}
cron.register(report_items, QUEUE, cron="0 3 * * *", job_timeout=600)
# {% endif %}
# {% if sweeping %}
cron.register(delete_expired, QUEUE, cron="30 * * * *", job_timeout=60)
# {% endif %}
# Yours:
