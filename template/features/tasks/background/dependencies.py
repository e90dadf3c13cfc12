# {% from 'template/text.jinja' import fitted %}
"""Dependencies of the tasks' routes."""

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
) -> TaskContext:
    # {% endcall %}
    # {% if database != 'none' and auth != 'none' %}
    return TaskContext(settings, request.state.database, user.id)
    # {% elif database != 'none' and not (auth != 'none') %}
    return TaskContext(settings, request.state.database)
    # {% elif not (database != 'none') and auth != 'none' %}
    return TaskContext(settings, user.id)
    # {% else %}
    return TaskContext(settings)
    # {% endif %}


TaskContextDep = Annotated[TaskContext, Depends(get_context)]
