# {% from 'template/text.jinja' import fitted %}
# {% set given = (['auth_settings'] if passwords or auth == 'oidc' else []) + (['database_settings'] if database != 'none' else []) + (['redis_settings'] if redis else []) %}
"""The service under test and its clients. The template owns this file."""

from collections.abc import Iterator
# {% if given %}
from typing import Any
# {% endif %}

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

# {% if auth == 'oidc' %}
from app.auth.models import User
# {% endif %}
from app.config import Settings
from app.main import create_app
# {% if users %}
from app.users.models import User
# {% endif %}
# {% if auth != 'none' %}
from tests.auth.helpers import LogIn
# {% endif %}

# {% set plugins = (['tests.auth.fixtures'] if auth != 'none' else []) + (['tests.database.fixtures'] if database != 'none' else []) + (['tests.redis.fixtures'] if redis else []) + (['tests.tasks.fixtures'] if task_queue else []) + (['tests.users.fixtures'] if users else []) %}
# {% if plugins %}
# {% call fitted() %}
pytest_plugins = [
    # {% for plugin in plugins %}
    "{{ plugin }}",
    # {% endfor %}
]
# {% endcall %}

# {% endif %}

@pytest.fixture(scope="session")
# {% call fitted() %}
def settings(
    # {% if 'auth_settings' in given %}
    auth_settings: dict[str, Any],
    # {% endif %}
    # {% if 'database_settings' in given %}
    database_settings: dict[str, Any],
    # {% endif %}
    # {% if 'redis_settings' in given %}
    redis_settings: dict[str, Any],
    # {% endif %}
) -> Settings:
    # {% endcall %}
    # {% call fitted() %}
    return Settings(
        _env_file=None,
        # {% for name in given %}
        **{{name}},
        # {% endfor %}
    )
    # {% endcall %}


@pytest.fixture(scope="session")
def app(settings: Settings) -> FastAPI:
    return create_app(settings)


@pytest.fixture(scope="session")
def running_client(app: FastAPI) -> Iterator[TestClient]:
    with TestClient(app) as client:
        yield client


# {% if auth == 'none' %}
@pytest.fixture
# {% call fitted() %}
def client(
    running_client: TestClient,
    # {% if database != 'none' %}
    clean_database: None,
    # {% endif %}
) -> TestClient:
    # {% endcall %}
    return running_client
# {% else %}
@pytest.fixture
# {% call fitted() %}
def anonymous(
    running_client: TestClient,
    # {% if database != 'none' %}
    clean_database: None,
    # {% endif %}
) -> TestClient:
    # {% endcall %}
    """Return a client that is not authenticated."""
    return running_client


@pytest.fixture
def client(app: FastAPI, anonymous: TestClient, login_as: LogIn, user: User) -> TestClient:
    """Return a client that is logged in as `user`."""
    client = TestClient(app, headers=login_as(user))
    client.portal = anonymous.portal
    client.app_state.update(anonymous.app_state)
    return client
# {% endif %}
