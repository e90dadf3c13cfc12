# {% from 'template/style.jinja' import style with context %}
# {% call style(jobs_sync) %}
# {% from 'template/features/tasks/decorators.jinja' import context, context_imports, get_context, imports, imports_below, job, job_context, job_type with context %}
"""The jobs: functions that run in the background. Add your own below."""

# {% if not jobs_sync %}
from asyncio import to_thread
# {% endif %}
# {% if tasks == 'background' %}
from collections.abc import Callable
# {% endif %}
# {% if tasks != 'rq' %}
from typing import Any
# {% endif %}
# {% if tasks in ['celery', 'taskiq', 'huey', 'background'] %}

# {% endif %}
{{ imports(scheduled=item_jobs or sweeping) if tasks == 'celery' else imports() -}}
{{ imports_below() -}}
# {% if tasks in ['celery', 'taskiq'] %}

# {% endif %}
# {% if sweeping and tasks in ['celery', 'rq'] %}
from app.auth.jobs import delete_expired
# {% endif %}
# {% if item_jobs %}
from app.items.jobs import report_items
# {% endif %}
from app.mail import Subject, Text, notify
from app.tasks.{{ 'queue' if task_queue else 'context' }} import {{ context_imports }}
# {% if tasks == 'rq' %}
from app.tasks.service import JobType
# {% endif %}


{{ job('send_notification', 5, 60) -}}
async def send_notification({{ job_context ~ ', ' if job_context }}subject: Subject, text: Text) -> None:
    """Send a message to the operators of the service."""
{{ get_context() -}}
    # {% if jobs_sync %}
    notify(task.settings, subject, text)
    # {% else %}
    await to_thread(notify, task.settings, subject, text)
    # {% endif %}


JOBS: dict[str, {{ {'rq': 'JobType', 'background': 'Callable[..., Any]'}[tasks] | default('Any') }}] = {
    "send_notification": {{ job_type('send_notification', 5, 60) }},
# {% if item_jobs %}
    "report_items": {{ job_type('report_items', 3, 600) }},
# {% endif %}
    # Yours:
}
"""The jobs that clients may start."""
# {% if tasks == 'celery' %}

SCHEDULE: dict[str, Any] = {
# {% if item_jobs %}
    "report_items": {"task": report_items.name, "schedule": crontab(hour="3", minute="0")},
# {% endif %}
# {% if sweeping %}
    "delete_expired": {"task": delete_expired.name, "schedule": crontab(minute="30")},
# {% endif %}
    # Yours:
}
"""The jobs that `celery beat` starts, in UTC."""
# {% elif tasks == 'rq' %}

SCHEDULE: list[tuple[str, JobType]] = [
# {% if item_jobs %}
    ("0 3 * * *", JOBS["report_items"]),
# {% endif %}
# {% if sweeping %}
    ("30 * * * *", {{ job_type('delete_expired', 1, 60) }}),
# {% endif %}
    # Yours:
]
"""The jobs that `rq cron` starts, in UTC. It does not retry them."""
# {% endif %}
# {% endcall %}
