from typing import Any

import pytest
from fastapi import FastAPI, Security
from fastapi.testclient import TestClient

from app.auth.dependencies import get_current_user
from app.auth.provider_tokens import role_of, scopes_of
from app.auth.scopes import SCOPES_OF_ROLE
from app.config import Settings
from dev.provider import DevelopmentProvider
from tests.auth.helpers import Serve


@pytest.mark.parametrize(
    ("claim", "claims"),
    [
        ("roles", {"roles": ["admin"]}),
        ("roles", {"roles": "admin"}),
        ("realm_access.roles", {"realm_access": {"roles": ["x", "admin"]}}),
        ("https://example.com/roles", {"https://example.com/roles": ["admin"]}),
    ],
)
def test_role_is_found_where_the_settings_say(
    settings: Settings, claim: str, claims: dict[str, Any]
) -> None:
    settings = settings.model_copy(update={"oidc_roles_claim": claim})
    assert role_of(settings, claims) == "admin"


@pytest.mark.parametrize(
    "claims",
    [
        {},
        {"role": "admin", "is_admin": True, "groups": ["admin"]},
        {"roles": "administrator"},
        {"roles": "not admin"},
        {"roles": {"admin": True}},
        {"roles": [["admin"], {"admin": "admin"}, None]},
        {"realm_access": {"roles": ["admin"]}},
        {"roles": ["Admin"]},
    ],
)
def test_other_claims_give_no_role(settings: Settings, claims: dict[str, Any]) -> None:
    assert role_of(settings, claims) == "user"


@pytest.mark.parametrize(
    ("claims", "scopes"),
    [
        ({}, SCOPES_OF_ROLE["user"]),
        ({"scope": "openid email"}, SCOPES_OF_ROLE["user"]),
        ({"scope": "openid items:read"}, {"items:read"}),
        ({"scp": ["items:read"]}, {"items:read"}),
        ({"scp": "items:read"}, {"items:read"}),
        ({"scope": 5}, SCOPES_OF_ROLE["user"]),
    ],
)
def test_token_narrows_the_scopes_of_the_role_where_it_names_one_of_them(
    claims: dict[str, Any], scopes: set[str]
) -> None:
    assert scopes_of(claims, "user") == scopes
    assert scopes_of(claims, "admin") <= SCOPES_OF_ROLE["admin"]


@pytest.fixture
def guarded(serve: Serve, settings: Settings) -> TestClient:
    """Return a client of the service with a route that requires `items:write`."""
    client = serve(settings)
    assert isinstance(client.app, FastAPI)
    can_write = Security(get_current_user, scopes=["items:write"])
    client.app.add_api_route("/guarded", lambda: None, dependencies=[can_write])
    return client


def test_scope_that_the_token_lacks_is_named(
    guarded: TestClient, provider: DevelopmentProvider
) -> None:
    tokens = [provider.sign({"sub": "ada", "scope": f"items:{what}"}) for what in ("write", "read")]
    allowed, refused = (
        guarded.get("/guarded", headers={"Authorization": f"Bearer {token}"}) for token in tokens
    )
    assert allowed.status_code == 200
    assert refused.status_code == 403
    assert refused.headers["www-authenticate"] == (
        'Bearer error="insufficient_scope", scope="items:write"'
    )
