"""A real provider on loopback, and its users."""

from collections.abc import Iterator
from typing import Any

import pytest
from fastapi.testclient import TestClient

from app.auth.models import User, user_id
from app.auth.provider import Provider
from app.auth.scopes import Role
from app.config import Settings
from app.main import create_app
from dev.provider import DevelopmentProvider, development_provider
from tests.auth.helpers import LogIn, NewUser, Serve

AUDIENCE = "the-service"


@pytest.fixture(scope="session")
def provider() -> Iterator[DevelopmentProvider]:
    with development_provider(AUDIENCE) as provider:
        yield provider


@pytest.fixture(scope="session")
def auth_settings(provider: DevelopmentProvider) -> dict[str, Any]:
    return {"oidc_issuer": provider.issuer, "oidc_audience": AUDIENCE}


@pytest.fixture
def new_user(provider: DevelopmentProvider) -> NewUser:
    """Return a function that returns a user by name; the service stores none."""

    def create(subject: str, role: Role = "user") -> User:
        id_ = user_id(provider.issuer, subject)
        return User(id=id_, subject=subject, email=subject, role=role)

    return create


@pytest.fixture
def user(new_user: NewUser) -> User:
    """Return the user that `client` is logged in as."""
    return new_user("ada@example.com")


@pytest.fixture(scope="session")
def login_as(provider: DevelopmentProvider) -> LogIn:
    """Return a function that returns the headers of a user's requests."""

    def headers(user: User) -> dict[str, str]:
        roles = ["admin"] if user.is_admin else []
        token = provider.sign({"sub": user.subject, "email": user.email, "roles": roles})
        return {"Authorization": f"Bearer {token}"}

    return headers


@pytest.fixture
def serve(anonymous: TestClient) -> Serve:
    """Return a function that creates a client with other settings, on the same database."""

    def served(settings: Settings) -> TestClient:
        provider = Provider(settings)
        client = TestClient(
            create_app(settings), base_url="https://testserver", follow_redirects=False
        )
        client.portal = anonymous.portal
        checks = {"provider": provider.check}
        client.app_state.update(anonymous.app_state, provider=provider, readiness_checks=checks)
        return client

    return served
