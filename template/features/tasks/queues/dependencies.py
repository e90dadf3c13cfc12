# {% from 'template/text.jinja' import fitted %}
"""Dependencies of the tasks' routes."""

import logging
from collections.abc import AsyncIterator
from functools import cache
from inspect import signature
from typing import Annotated, Any

# {% if auth != 'none' %}
from fastapi import Body, Depends, Header, HTTPException, Request, Security
# {% else %}
from fastapi import Body, Depends, Header, HTTPException, Request
# {% endif %}
from fastapi.exceptions import RequestValidationError
# {% if tasks == 'celery' %}
from kombu.exceptions import OperationalError
# {% endif %}
from pydantic import JsonValue, ValidationError, create_model
from redis.exceptions import RedisError
# {% if tasks == 'taskiq' %}
from taskiq.exceptions import SendTaskError
# {% endif %}

# {% if auth != 'none' %}
from app.auth.dependencies import get_current_user
# {% endif %}
# {% if auth == 'oidc' %}
from app.auth.models import User
# {% endif %}
from app.schemas import Schema
from app.tasks.jobs import JOBS
from app.tasks.schemas import TaskRecord
from app.tasks.service import Tasks
# {% if users %}
from app.users.models import User
# {% endif %}

logger = logging.getLogger(__name__)

# {% if auth != 'none' %}
TasksRun = Annotated[User, Security(get_current_user, scopes=["tasks:run"])]
# {% endif %}
IdempotencyKey = Annotated[str | None, Header(min_length=1, max_length=200)]


# {% include 'template/features/tasks/calls.py' %}


async def get_tasks(request: Request) -> AsyncIterator[Tasks]:
    """Answer 503 if the queue is not available."""
    try:
        yield request.state.tasks
    # {% set errors = {'celery': '(RedisError, OperationalError)', 'taskiq': '(RedisError, SendTaskError)'} %}
    # {% set errors = errors[tasks] | default('RedisError') %}
    except {{errors}} as error:
        logger.warning("The queue is not available: %s", error)
        raise HTTPException(503, "The queue is not available.") from None


TasksDep = Annotated[Tasks, Depends(get_tasks)]


# {% call fitted() %}
async def get_task(
    # {% if auth != 'none' %}
    user: TasksRun,
    # {% endif %}
    task_id: str,
    tasks: TasksDep,
) -> TaskRecord:
    # {% endcall %}
    task = await tasks.get(task_id)
    # {% set foreign = ' or not (user.is_admin or task.owner_id == user.id)' %}
    # {% filter replace(foreign, foreign if auth != 'none' else '') %}
    if task is None or not (user.is_admin or task.owner_id == user.id):
        # {% endfilter %}
        raise HTTPException(404, f"There is no task {task_id}.")
    return task


TaskOr404 = Annotated[TaskRecord, Depends(get_task)]
