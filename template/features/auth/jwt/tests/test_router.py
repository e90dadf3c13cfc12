from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from fastapi.testclient import TestClient

from app.auth import refresh_tokens
from app.auth.scopes import SCOPES_OF_ROLE
from app.config import Settings
from app.main import create_app
from app.users.models import User
from tests.auth.helpers import PASSWORD

AUTH = "/api/v1/auth"
ME = "/api/v1/users/me"
GRACE = {"email": "Grace@Example.com", "password": "a harbour and a moth"}


@pytest.fixture
def tokens(anonymous: TestClient, user: User) -> dict[str, Any]:
    """Log the user in and return their tokens."""
    return log_in(anonymous, user.email)


def log_in(client: TestClient, email: str, password: str = PASSWORD, scope: str = "") -> Any:
    form = {"username": email, "password": password, "scope": scope}
    response = client.post(f"{AUTH}/token", data=form)
    assert response.status_code == 200, response.text
    return response.json()


def bearer(tokens: dict[str, Any]) -> dict[str, str]:
    return {"Authorization": f"Bearer {tokens['access_token']}"}


def refresh(client: TestClient, tokens: dict[str, Any]) -> Any:
    return client.post(f"{AUTH}/refresh", json={"refresh_token": tokens["refresh_token"]})


def test_registered_user_logs_in(anonymous: TestClient) -> None:
    registered = anonymous.post(f"{AUTH}/register", json=GRACE)
    assert registered.status_code == 201
    assert registered.json()["email"] == "grace@example.com"
    tokens = log_in(anonymous, "GRACE@example.com", GRACE["password"])
    assert anonymous.get(ME, headers=bearer(tokens)).json() == registered.json()


def test_tokens_come_as_oauth_says(anonymous: TestClient, user: User) -> None:
    form = {"grant_type": "password", "username": user.email, "password": PASSWORD}
    response = anonymous.post(f"{AUTH}/token", data=form)
    assert response.headers["cache-control"] == "no-store"
    tokens = response.json()
    assert (tokens["token_type"], tokens["expires_in"]) == ("bearer", 900)
    assert tokens["scope"] == " ".join(sorted(SCOPES_OF_ROLE["user"]))


def test_scopes_that_were_asked_for_are_given_as_far_as_the_role_allows(
    anonymous: TestClient, user: User
) -> None:
    tokens = log_in(anonymous, user.email, scope="items:read users:write nonsense")
    assert tokens["scope"] == "items:read"
    assert refresh(anonymous, tokens).json()["scope"] == "items:read"


def test_refresh_gives_new_tokens(anonymous: TestClient, tokens: dict[str, Any]) -> None:
    response = refresh(anonymous, tokens)
    assert response.headers["cache-control"] == "no-store"
    again = response.json()
    assert again["refresh_token"] != tokens["refresh_token"]
    assert anonymous.get(ME, headers=bearer(again)).status_code == 200


def test_tabs_that_refresh_at_once_get_the_same_refresh_token(
    anonymous: TestClient, tokens: dict[str, Any]
) -> None:
    with ThreadPoolExecutor(4) as pool:
        answers = [pool.submit(refresh, anonymous, tokens) for _ in range(4)]
    following = [answer.result().json() for answer in answers]
    assert len({pair["refresh_token"] for pair in following}) == 1
    for pair in following:
        assert anonymous.get(ME, headers=bearer(pair)).status_code == 200
    assert refresh(anonymous, following[0]).status_code == 200


def test_refresh_token_that_is_used_again_later_ends_its_family(
    anonymous: TestClient,
    user: User,
    tokens: dict[str, Any],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    others = log_in(anonymous, user.email)
    again = refresh(anonymous, tokens).json()
    monkeypatch.setattr(refresh_tokens, "GRACE", timedelta(0))
    assert refresh(anonymous, tokens).status_code == 401
    assert refresh(anonymous, again).status_code == 401
    assert refresh(anonymous, others).status_code == 200


@pytest.mark.parametrize("token", ["", "x", "\u0000", "a" * 100])
def test_unknown_refresh_token_is_refused(anonymous: TestClient, token: str) -> None:
    response = anonymous.post(f"{AUTH}/refresh", json={"refresh_token": token})
    assert response.status_code == 401
    assert response.headers["www-authenticate"] == 'Bearer error="invalid_token"'


def test_access_token_is_no_refresh_token(anonymous: TestClient, tokens: dict[str, Any]) -> None:
    response = refresh(anonymous, tokens | {"refresh_token": tokens["access_token"][:100]})
    assert response.status_code == 401


def test_refresh_token_is_no_access_token(anonymous: TestClient, tokens: dict[str, Any]) -> None:
    headers = bearer({"access_token": tokens["refresh_token"]})
    assert anonymous.get(ME, headers=headers).status_code == 401


def test_expired_refresh_token_is_refused(settings: Settings, user: User) -> None:
    app = create_app(settings.model_copy(update={"refresh_token_days": -1}))
    with TestClient(app) as client:
        assert refresh(client, log_in(client, user.email)).status_code == 401


def test_logout_ends_the_refresh_token(anonymous: TestClient, tokens: dict[str, Any]) -> None:
    body = {"refresh_token": tokens["refresh_token"]}
    assert anonymous.post(f"{AUTH}/logout", json=body).status_code == 204
    assert refresh(anonymous, tokens).status_code == 401
    assert anonymous.post(f"{AUTH}/logout", json=body).status_code == 204


def test_logout_everywhere_ends_every_token(
    anonymous: TestClient, user: User, tokens: dict[str, Any]
) -> None:
    others = log_in(anonymous, user.email)
    assert anonymous.post(f"{AUTH}/logout-all", headers=bearer(tokens)).status_code == 204
    for ended in (tokens, others):
        assert anonymous.get(ME, headers=bearer(ended)).status_code == 401
        assert refresh(anonymous, ended).status_code == 401


def test_new_password_ends_the_tokens_from_before(
    anonymous: TestClient, user: User, tokens: dict[str, Any]
) -> None:
    body = {"current_password": PASSWORD, "password": "battery staple"}
    response = anonymous.post(f"{AUTH}/password", json=body, headers=bearer(tokens))
    assert response.status_code == 200
    assert anonymous.get(ME, headers=bearer(response.json())).status_code == 200
    assert anonymous.get(ME, headers=bearer(tokens)).status_code == 401
    assert refresh(anonymous, tokens).status_code == 401
    log_in(anonymous, user.email, "battery staple")


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"current_password": "wrong"}, 403),
        ({"password": "password123"}, 422),
        ({"password": "short"}, 422),
        ({"role": "admin"}, 422),
    ],
)
def test_wrong_change_of_password_is_refused(
    client: TestClient, anonymous: TestClient, user: User, changes: dict[str, str], status: int
) -> None:
    body = {"current_password": PASSWORD, "password": "battery staple", **changes}
    response = client.post(f"{AUTH}/password", json=body)
    assert (response.status_code, response.headers["content-type"]) == (
        status,
        "application/problem+json",
    )
    log_in(anonymous, user.email)


def test_new_password_needs_a_login(anonymous: TestClient) -> None:
    body = {"current_password": PASSWORD, "password": "battery staple"}
    assert anonymous.post(f"{AUTH}/password", json=body).status_code == 401


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("PATCH", ME, {"email": "new@example.com", "current_password": PASSWORD}),
        ("POST", f"{AUTH}/logout-all", None),
        (
            "POST",
            f"{AUTH}/password",
            {"current_password": PASSWORD, "password": "battery staple"},
        ),
    ],
)
def test_token_for_something_else_does_not_change_the_account(
    anonymous: TestClient, user: User, method: str, path: str, body: dict[str, str] | None
) -> None:
    reading = bearer(log_in(anonymous, user.email, scope="items:read"))
    refused = anonymous.request(method, path, json=body, headers=reading)
    assert refused.status_code == 403
    assert 'scope="account:write"' in refused.headers["www-authenticate"]
    log_in(anonymous, user.email)


def test_openapi_document_names_the_flow_and_its_scopes(anonymous: TestClient) -> None:
    document = anonymous.get("/openapi.json").json()
    [scheme] = document["components"]["securitySchemes"].values()
    assert scheme["flows"]["password"]["tokenUrl"] == "api/v1/auth/token"
    assert "users:read" in scheme["flows"]["password"]["scopes"]
    operation = document["paths"]["/api/v1/users"]["get"]
    assert {"OAuth2PasswordBearer": ["users:read"]} in operation["security"]
