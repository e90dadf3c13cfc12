"""The users of the tests."""

from collections.abc import Callable
# {% if users %}
from typing import Any
# {% endif %}
# {% if passwords %}

from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher
# {% endif %}

# {% if auth == 'oidc' %}
from fastapi.testclient import TestClient

# {% endif %}
# {% if users %}
from app.users.models import User
# {% else %}
from app.auth.models import User
from app.config import Settings
# {% endif %}

# {% if users %}
Keep = Callable[[Any], None]
# {% endif %}
LogIn = Callable[[User], dict[str, str]]
NewUser = Callable[..., User]
# {% if auth == 'oidc' %}
Serve = Callable[[Settings], TestClient]
# {% endif %}
# {% if auth == 'api_key' %}

CONFIRMED: dict[str, str] = {}
"""What confirms a change of the account: the key alone."""
# {% endif %}
# {% if passwords %}

PASSWORD = "correct horse"
CONFIRMED = {"current_password": PASSWORD}
"""What confirms a change of the account, besides the login."""
CHEAP = {"argon2_time_cost": 1, "argon2_memory_cost": 32}
PASSWORD_HASH = PasswordHash([Argon2Hasher(time_cost=1, memory_cost=32)]).hash(PASSWORD)
# {% endif %}
