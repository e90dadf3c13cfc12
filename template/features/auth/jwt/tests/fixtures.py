"""Log in."""

from typing import Any

import pytest

from app.auth.access_tokens import create_access_token
from app.auth.scopes import SCOPES_OF_ROLE
from app.config import Settings
from app.users.models import User
from tests.auth.helpers import CHEAP, LogIn


@pytest.fixture(scope="session")
def auth_settings() -> dict[str, Any]:
    return CHEAP


@pytest.fixture
def login_as(settings: Settings) -> LogIn:
    """Return a function that returns the headers of a user's requests."""

    def headers(user: User) -> dict[str, str]:
        scopes = SCOPES_OF_ROLE[user.role]
        token = create_access_token(settings, user.id, user.version, scopes)
        return {"Authorization": f"Bearer {token}"}

    return headers
