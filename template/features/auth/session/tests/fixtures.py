"""Log in."""

from datetime import UTC, datetime, timedelta
from secrets import token_urlsafe
from typing import Any

import pytest

from app.auth.cookies import COOKIE, CSRF_HEADER
from app.auth.csrf import csrf_token
from app.auth.sessions import LoginSession, digest
from app.users.models import User
from tests.auth.helpers import CHEAP, Keep, LogIn


@pytest.fixture(scope="session")
def auth_settings() -> dict[str, Any]:
    return CHEAP


@pytest.fixture
def login_as(keep: Keep) -> LogIn:
    """Return a function that returns the headers of a user's requests."""

    def headers(user: User) -> dict[str, str]:
        secret = token_urlsafe(32)
        ends = datetime.now(UTC) + timedelta(hours=1)
        own = {"user_id": user.id, "user_version": user.version}
        keep(LoginSession(**own, secret_hash=digest(secret), expires_at=ends))
        return {"Cookie": f"{COOKIE}={secret}", CSRF_HEADER: csrf_token(secret)}

    return headers
