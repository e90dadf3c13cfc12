# {% from 'template/text.jinja' import fitted %}
"""Dependencies of the tasks' routes."""

from collections.abc import AsyncIterator
from functools import cache
from inspect import signature
from typing import Annotated, Any

# {% if database != 'none' and auth != 'none' %}
from fastapi import Body, Depends, HTTPException, Request, Security
# {% elif database != 'none' and not (auth != 'none') %}
from fastapi import Body, Depends, HTTPException, Request
# {% elif not (database != 'none') and auth != 'none' %}
from fastapi import Body, Depends, HTTPException, Security
# {% else %}
from fastapi import Body, Depends, HTTPException
# {% endif %}
from fastapi.exceptions import RequestValidationError
from pydantic import JsonValue, ValidationError, create_model

# {% if auth != 'none' %}
from app.auth.dependencies import get_current_user
# {% endif %}
# {% if auth == 'oidc' %}
from app.auth.models import User
# {% endif %}
from app.dependencies import SettingsDep
from app.schemas import Schema
from app.tasks.context import TaskContext
from app.tasks.jobs import JOBS
# {% if users %}
from app.users.models import User
# {% endif %}

RUNNING: list[TaskContext] = []
"""The jobs of this process that have not ended."""

# {% if auth != 'none' %}
TasksRun = Annotated[User, Security(get_current_user, scopes=["tasks:run"])]

# {% endif %}

# {% include 'template/features/tasks/calls.py' %}


# {% call fitted() %}
async def get_context(
    # {% if auth != 'none' %}
    user: TasksRun,
    # {% endif %}
    settings: SettingsDep,
    # {% if database != 'none' %}
    request: Request,
    # {% endif %}
) -> AsyncIterator[TaskContext]:
    # {% endcall %}
    """Count the job until it ends, if the limits allow it. FastAPI returns here after the job."""
    if len(RUNNING) >= settings.queue_limit:
        raise HTTPException(503, "Too many jobs are running.")
    # {% if auth != 'none' %}
    if sum(task.owner_id == user.id for task in RUNNING) >= settings.user_task_limit:
        raise HTTPException(429, "You have too many running jobs.")
    # {% endif %}
    # {% if database != 'none' and auth != 'none' %}
    context = TaskContext(settings, request.state.database, user.id)
    # {% elif database != 'none' %}
    context = TaskContext(settings, request.state.database)
    # {% elif auth != 'none' %}
    context = TaskContext(settings, user.id)
    # {% else %}
    context = TaskContext(settings)
    # {% endif %}
    RUNNING.append(context)
    try:
        yield context
    finally:
        RUNNING.remove(context)


TaskContextDep = Annotated[TaskContext, Depends(get_context)]
