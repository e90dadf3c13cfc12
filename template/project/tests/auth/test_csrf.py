import pytest
from fastapi.testclient import TestClient

from app.auth.cookies import CSRF_HEADER
from app.config import Settings
from app.main import create_app
from app.users.models import User
from tests.auth.helpers import CONFIRMED, PASSWORD, LogIn, NewUser

ME = "/api/v1/users/me"
CHANGE = {"email": "lovelace@example.com"} | CONFIRMED
FOREIGN = [
    {"Origin": "https://evil.example"},
    {"Origin": "null"},
    {"Origin": "http://testserver.evil.example"},
    {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-site"},
]


@pytest.mark.parametrize("headers", FOREIGN)
def test_request_from_another_origin_changes_nothing(
    client: TestClient, user: User, headers: dict[str, str]
) -> None:
    response = client.patch(ME, json=CHANGE, headers=headers)
    assert response.status_code == 403
    assert response.headers["content-type"] == "application/problem+json"
    assert client.get(ME).json()["email"] == user.email


@pytest.mark.parametrize(
    "headers", [{}, {"Origin": "http://testserver"}, {"Sec-Fetch-Site": "same-origin"}]
)
def test_request_from_the_own_origin_is_served(client: TestClient, headers: dict[str, str]) -> None:
    assert client.patch(ME, json=CHANGE, headers=headers).status_code == 200


@pytest.mark.parametrize("token", ["", "x", "\xff", "0" * 64])
def test_session_alone_changes_nothing(client: TestClient, user: User, token: str) -> None:
    headers = {CSRF_HEADER.encode(): token.encode("latin-1")}
    response = client.patch(ME, json=CHANGE, headers=headers)
    assert response.status_code == 403
    assert CSRF_HEADER in response.json()["detail"]
    assert client.get(ME).json()["email"] == user.email


def test_token_of_another_session_is_refused(
    client: TestClient, new_user: NewUser, login_as: LogIn
) -> None:
    others = login_as(new_user("eve@example.com"))
    headers = {CSRF_HEADER: others[CSRF_HEADER]}
    assert client.patch(ME, json=CHANGE, headers=headers).status_code == 403


def test_reading_needs_no_token(client: TestClient) -> None:
    headers = {CSRF_HEADER: "", "Sec-Fetch-Site": "cross-site"}
    assert client.get(ME, headers=headers).status_code == 200


@pytest.mark.parametrize("path", ["login", "register"])
def test_another_site_cannot_log_a_browser_in_as_somebody_else(
    anonymous: TestClient, user: User, path: str
) -> None:
    body = {"email": user.email, "password": PASSWORD}
    headers = {"Origin": "https://evil.example"}
    response = anonymous.post(f"/api/v1/auth/{path}", json=body, headers=headers)
    assert response.status_code == 403
    assert "set-cookie" not in response.headers


def test_origin_that_the_settings_trust_is_served_with_its_cookies(
    settings: Settings, user: User
) -> None:
    shop = "https://shop.example.com"
    app = create_app(settings.model_copy(update={"cors_origins": [shop]}))
    body = {"email": user.email, "password": PASSWORD}
    with TestClient(app) as client:
        response = client.post("/api/v1/auth/login", json=body, headers={"Origin": shop})
    assert response.status_code == 200
    assert response.headers["access-control-allow-origin"] == shop
    assert response.headers["access-control-allow-credentials"] == "true"


def test_document_asks_for_the_cookie_and_with_changes_for_the_token(client: TestClient) -> None:
    me = client.get("/openapi.json").json()["paths"][ME]
    assert me["get"]["security"] == [{"Session": []}]
    needed = ["account:write"]
    assert me["patch"]["security"] == [{"Session": needed, "CSRF": needed}]
