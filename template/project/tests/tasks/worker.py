"""A worker that also knows the jobs of the tests."""

# {% if tasks == 'rq' %}
from app.tasks.worker import QUEUES, REDIS_URL
from tests.tasks import jobs

__all__ = ["QUEUES", "REDIS_URL", "jobs"]
# {% elif tasks == 'celery' %}
from app.tasks.worker import celery
from tests.tasks import jobs

__all__ = ["celery", "jobs"]
# {% elif tasks == 'taskiq' %}
from app.tasks.worker import broker, scheduler
from tests.tasks import jobs

__all__ = ["broker", "jobs", "scheduler"]
# {% elif tasks == 'huey' %}
from app.tasks.worker import huey
from tests.tasks import jobs

__all__ = ["huey", "jobs"]
# {% endif %}
