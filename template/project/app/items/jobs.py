# {% from 'template/style.jinja' import style with context %}
# {% call style(jobs_sync) %}
# {% from 'template/features/tasks/decorators.jinja' import get_context, imports, imports_below, job, job_context with context %}
# {% import 'template/features/tasks/report/' ~ store ~ '.jinja' as reading with context %}
# {% set names = {'celery': 'Job', 'taskiq': 'TaskContext, TaskContextDep', 'rq': 'TaskContext, get_task_context', 'huey': 'TaskContext, get_task_context, huey'} %}
"""Background jobs for items."""

import logging
from collections.abc import AsyncIterator, Sequence
from decimal import Decimal

{{ imports(scheduled=true) -}}
from pydantic import BaseModel
{{ reading.third_party() -}}
{{ imports_below() }}
{{ reading.first_party() -}}
from app.tasks.{{ 'queue' if task_queue else 'context' }} import {{ names[tasks] | default('TaskContext') }}

logger = logging.getLogger(__name__)

PAGE = 100
# {% if tasks == 'celery' %}
DAILY_REPORT = {"task": "report_items", "schedule": crontab(hour="3", minute="0")}
# {% endif %}


class ItemReport(BaseModel):
    """The number of items and their total price."""

    items: int = 0
    total: Decimal = Decimal("0.00")


{{ job('report_items', 3, 600, cron='0 3 * * *') -}}
async def report_items({{ job_context }}) -> ItemReport:
    """Add up the items{{ ' of the user' if auth != 'none' }}, page by page."""
{{ get_context() }}    report, expected = ItemReport(), await count_items(task)
    async for page in pages_of_items(task):
        report.items += len(page)
        report.total += sum(item.price for item in page)
        await task.report_progress(report.items, expected)
    logger.info("%d items cost %s in total", report.items, report.total)
    return report


# {% if tasks == 'huey' %}
@huey.periodic_task(crontab(hour="3", minute="0"))
def start_daily_report() -> None:
    report_items()


# {% endif %}
{{ reading.functions() -}}
# {% endcall %}
