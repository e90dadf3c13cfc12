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
{{ imports() -}}
{{ imports_below() -}}
# {% if tasks in ['celery', 'taskiq'] %}

# {% endif %}
# {% if sweeping and tasks == 'celery' %}
from app.auth.jobs import HOURLY_DELETION
# {% endif %}
# {% if item_jobs %}
from app.items.jobs import {{ 'DAILY_REPORT, ' if tasks == 'celery' }}report_items
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
    "report_items": DAILY_REPORT,
# {% endif %}
# {% if sweeping %}
    "delete_expired": HOURLY_DELETION,
# {% endif %}
    # Yours:
}
"""The jobs that `celery beat` starts, in UTC."""
# {% endif %}
# {% endcall %}
