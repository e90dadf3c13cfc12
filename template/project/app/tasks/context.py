# {% from 'template/style.jinja' import style with context %}
# {% call style(jobs_sync) %}
"""The context of a job."""

import logging
from dataclasses import dataclass
# {% if auth != 'none' %}
from uuid import UUID
# {% endif %}

from app.config import Settings
# {% if database != 'none' %}
from app.database.connection import Database
# {% endif %}

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class TaskContext:
    """The resources for a job{{ ', and the user who started it' if auth != 'none' }}."""

    settings: Settings
    # {% if database != 'none' %}
    database: Database
    # {% endif %}
    # {% if auth != 'none' %}
    owner_id: UUID
    # {% endif %}

    async def report_progress(self, done: int, expected: int) -> None:
        logger.info("%d of %d done", done, expected)
# {% endcall %}
