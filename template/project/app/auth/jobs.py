# {% from 'template/style.jinja' import style with context %}
# {% call style(jobs_sync) %}
# {% from 'template/features/tasks/decorators.jinja' import context, context_imports, get_context, imports, imports_below, job, job_context, job_type with context %}
# {% set kept = 'RefreshToken' if auth == 'jwt' else 'LoginSession' %}
"""Background jobs for authentication."""

{{ imports(scheduled=true) -}}
from sqlalchemy import delete
{{ imports_below() }}
from app.auth.login_throttle import WINDOW, Attempt
# {% if auth == 'jwt' %}
from app.auth.refresh_tokens import RefreshToken
# {% else %}
from app.auth.sessions import LoginSession
# {% endif %}
from app.database.base import utc_now
from app.tasks.queue import {{ context_imports }}

# {% if tasks == 'celery' %}
HOURLY_DELETION = {"task": "delete_expired", "schedule": crontab(minute="30")}

# {% endif %}

{{ job('delete_expired', 3, 60, cron='30 * * * *') -}}
async def delete_expired({{ job_context }}) -> None:
    """Delete expired rows."""
{{ get_context() }}    now = utc_now()
    async with task.database() as session:
        await session.execute(delete(Attempt).where(Attempt.made_at < now - WINDOW))
        await session.execute(delete({{ kept }}).where({{ kept }}.expires_at < now))
        await session.commit()
# {% if tasks == 'huey' %}


@huey.periodic_task(crontab(minute="30"))
def start_hourly_deletion() -> None:
    delete_expired()
# {% endif %}
# {% endcall %}
