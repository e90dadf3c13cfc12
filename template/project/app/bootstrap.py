# {% from 'template/text.jinja' import fitted %}
# {% set resources = (['database=database'] if database != 'none' else []) + (['passwords=passwords'] if passwords else []) + (['provider=provider'] if auth == 'oidc' else []) + (['rooms=rooms'] if websockets != 'none' else []) + ['readiness_checks=checks'] + (['tasks=tasks'] if task_queue else []) %}
# {% set opens = database != 'none' or redis or websockets != 'none' %}
"""Connect the features. The template owns this file; put your own code into `main.py`."""

# {% if sync or tasks == 'celery' %}
import asyncio
# {% endif %}
from collections.abc import AsyncGenerator
# {% if opens %}
from contextlib import AsyncExitStack, asynccontextmanager
# {% else %}
from contextlib import asynccontextmanager
# {% endif %}
# {% if database != 'none' or tasks == 'celery' %}
from functools import partial
# {% endif %}
from typing import TypedDict

from fastapi import FastAPI

# {% if auth == 'session' %}
from app.auth.csrf import install_security_scheme
# {% endif %}
# {% if auth == 'oidc' %}
from app.auth.provider import Provider
# {% endif %}
# {% if auth != 'none' %}
from app.auth.router import router as auth_router
# {% endif %}
from app.config import Settings
# {% if database != 'none' %}
from app.database.connection import Database, open_database, ping
from app.database.errors import install_database_errors
# {% endif %}
from app.docs import install_docs
from app.errors import install_error_handlers
from app.health.router import ReadinessChecks
from app.health.router import router as health_router
from app.middleware import install_middleware
# {% if websockets != 'none' %}
from app.realtime.rooms import Rooms, open_rooms
from app.realtime.router import router as realtime_router
# {% endif %}
# {% if redis %}
from app.redis.connection import open_redis
# {% endif %}
# {% if static_files %}
from app.static.files import install_static_files
# {% endif %}
# {% if task_queue %}
from app.tasks.queue import open_tasks
# {% endif %}
# {% if tasks != 'none' %}
from app.tasks.router import router as tasks_router
# {% endif %}
# {% if task_queue %}
from app.tasks.service import Tasks
# {% endif %}
# {% if passwords %}
from app.users.passwords import Passwords, open_passwords
# {% endif %}
# {% if users %}
from app.users.router import router as users_router
# {% endif %}


class Resources(TypedDict):
    """The resources that are open while the service runs, in `request.state`."""

    # {% if database != 'none' %}
    database: Database
    # {% endif %}
    # {% if passwords %}
    passwords: Passwords
    # {% endif %}
    # {% if auth == 'oidc' %}
    provider: Provider
    # {% endif %}
    # {% if websockets != 'none' %}
    rooms: Rooms
    # {% endif %}
    readiness_checks: ReadinessChecks
    # {% if task_queue %}
    tasks: Tasks
# {% endif %}


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncGenerator[Resources]:
    """Open the resources of the features, and close them in reverse order."""
    # {% if opens %}
    settings: Settings = app.state.settings
    checks: ReadinessChecks = {}
    async with AsyncExitStack() as stack:
        # {% if sync %}
        database = stack.enter_context(open_database(settings))
        checks["database"] = partial(asyncio.to_thread, ping, database)
        # {% elif database != 'none' %}
        database = await stack.enter_async_context(open_database(settings))
        checks["database"] = partial(ping, database)
        # {% endif %}
        # {% if passwords %}
        passwords = stack.enter_context(open_passwords(settings))
        # {% endif %}
        # {% if redis %}
        redis = await stack.enter_async_context(open_redis(settings))
        checks["redis"] = redis.ping
        # {% endif %}
        # {% if websockets != 'none' %}
        # {% if websockets == 'redis' %}
        rooms = await stack.enter_async_context(open_rooms(settings, redis))
        # {% else %}
        rooms = await stack.enter_async_context(open_rooms(settings))
        # {% endif %}
        # {% endif %}
        # {% if task_queue %}
        # {% if jobs_sync %}
        tasks = stack.enter_context(open_tasks(settings))
        # {% else %}
        tasks = await stack.enter_async_context(open_tasks(settings))
        # {% endif %}
        # {% endif %}
        # {% if tasks == 'celery' %}
        checks["queue"] = partial(asyncio.to_thread, tasks.ping)
        # {% endif %}
        # {% if auth == 'oidc' %}
        provider = Provider(settings)
        checks["provider"] = provider.check
        # {% endif %}
        # {% call fitted() %}
        yield Resources(
            # {% for resource in resources %}
            {{resource}},
            # {% endfor %}
        )
        # {% endcall %}
    # {% elif auth == 'oidc' %}
    provider = Provider(app.state.settings)
    yield Resources(provider=provider, readiness_checks={"provider": provider.check})
    # {% else %}
    yield Resources(readiness_checks={})
# {% endif %}


def install(app: FastAPI, settings: Settings) -> None:
    """Add each feature's routes, error handlers and middleware to the application."""
    app.state.settings = settings
    install_error_handlers(app)
    # {% if database != 'none' %}
    install_database_errors(app)
    # {% endif %}
    install_middleware(app, settings)
    # {% if auth == 'session' %}
    install_security_scheme(app)
    # {% endif %}
    app.include_router(health_router)
    # {% if auth != 'none' %}
    app.include_router(auth_router, prefix="/api/v1")
    # {% endif %}
    # {% if users %}
    app.include_router(users_router, prefix="/api/v1")
    # {% endif %}
    # {% if websockets != 'none' %}
    app.include_router(realtime_router)
    # {% endif %}
    # {% if tasks != 'none' %}
    app.include_router(tasks_router, prefix="/api/v1")
    # {% endif %}
    if settings.docs_enabled:
        install_docs(app, settings)
    # {% if static_files %}
    install_static_files(app)
# {% endif %}
