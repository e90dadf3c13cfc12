"""Log in with API keys."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from secrets import token_hex
from typing import Any

import pytest

from app.auth.dependencies import HEADER
from app.auth.keys import ApiKey, digest
from app.auth.scopes import SCOPES_OF_ROLE
from app.users.models import User
from tests.auth.helpers import Keep, LogIn

NewKey = Callable[..., str]


@pytest.fixture(scope="session")
def auth_settings() -> dict[str, Any]:
    return {}


@pytest.fixture
def new_key(keep: Keep) -> NewKey:
    """Return a function that creates a key of a user with all scopes of their role."""

    def create(user: User, **fields: Any) -> str:
        prefix = token_hex(6)
        text = f"{prefix}_secret"
        usual: dict[str, Any] = {
            "name": "test",
            "scope": " ".join(SCOPES_OF_ROLE[user.role]),
            "expires_at": datetime.now(UTC) + timedelta(days=400),
        }
        own = {"user_id": user.id, "user_version": user.version}
        keep(ApiKey(**own, prefix=prefix, key_hash=digest(text), **usual | fields))
        return text

    return create


@pytest.fixture
def login_as(new_key: NewKey) -> LogIn:
    """Return a function that returns the headers of a user's requests."""
    return lambda user: {HEADER: new_key(user)}
