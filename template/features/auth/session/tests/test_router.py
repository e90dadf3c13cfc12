from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from fastapi.testclient import TestClient

from app.auth.cookies import COOKIE, CSRF_HEADER
from app.auth.sessions import LoginSession, digest
from app.users.models import User
from tests.auth.helpers import PASSWORD, Keep, LogIn, NewUser

AUTH = "/api/v1/auth"
ME = "/api/v1/users/me"
GRACE = {"email": "Grace@Example.com", "password": "a harbour and a moth"}
Headers = dict[str, str]


def log_in(
    client: TestClient, email: str, password: str = PASSWORD, headers: Headers | None = None
) -> Headers:
    """Log in and return the headers of the browser's next requests."""
    body = {"email": email, "password": password}
    response = client.post(f"{AUTH}/login", json=body, headers=headers)
    assert response.status_code == 200, response.text
    return headers_of(response)


def headers_of(response: Any) -> Headers:
    cookie = response.headers["set-cookie"].partition(";")[0]
    return {"Cookie": cookie, CSRF_HEADER: response.json()["csrf_token"]}


def statuses(client: TestClient, *callers: Headers) -> list[int]:
    return [client.get(ME, headers=headers).status_code for headers in callers]


def test_registered_user_logs_in(anonymous: TestClient) -> None:
    registered = anonymous.post(f"{AUTH}/register", json=GRACE)
    assert registered.status_code == 201
    assert registered.json()["email"] == "grace@example.com"
    headers = log_in(anonymous, "GRACE@example.com", GRACE["password"])
    assert anonymous.get(ME, headers=headers).json() == registered.json()


def test_cookie_is_for_this_host_alone_and_for_no_script(anonymous: TestClient, user: User) -> None:
    body = {"email": user.email, "password": PASSWORD}
    response = anonymous.post(f"{AUTH}/login", json=body)
    cookie, *attributes = response.headers["set-cookie"].split("; ")
    name, _, secret = cookie.partition("=")
    assert name == "__Host-session"
    assert len(secret) >= 43
    assert set(attributes) == {"HttpOnly", "Max-Age=604800", "Path=/", "SameSite=lax", "Secure"}
    assert response.headers["cache-control"] == "no-store"
    assert secret not in response.text


def test_login_takes_a_new_secret_and_ends_the_session_before(
    anonymous: TestClient, user: User
) -> None:
    before = log_in(anonymous, user.email)
    after = log_in(anonymous, user.email, headers=before)
    assert before["Cookie"] != after["Cookie"]
    assert statuses(anonymous, before, after) == [401, 200]


def test_secret_that_an_attacker_chose_is_not_taken_over(anonymous: TestClient, user: User) -> None:
    fixed = {"Cookie": f"{COOKIE}=chosen-by-an-attacker"}
    headers = log_in(anonymous, user.email, headers=fixed)
    assert statuses(anonymous, fixed, headers) == [401, 200]


@pytest.mark.parametrize("cookie", ["", COOKIE, f"{COOKIE}=", f"{COOKIE}=\xff", "session=x", ";="])
def test_malformed_cookie_is_no_login(anonymous: TestClient, cookie: str) -> None:
    response = anonymous.get(ME, headers={b"Cookie": cookie.encode("latin-1")})
    assert (response.status_code, response.headers["www-authenticate"]) == (401, "Cookie")
    assert response.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize(
    ("times", "status"),
    [
        ({"last_used_at": timedelta(minutes=-59), "expires_at": timedelta(hours=1)}, 200),
        ({"last_used_at": timedelta(minutes=-61), "expires_at": timedelta(hours=1)}, 401),
        ({"last_used_at": timedelta(0), "expires_at": timedelta(seconds=-1)}, 401),
    ],
)
def test_session_ends_when_it_is_not_used_and_in_any_case(
    anonymous: TestClient, keep: Keep, user: User, times: dict[str, timedelta], status: int
) -> None:
    now = datetime.now(UTC)
    moments: dict[str, Any] = {name: now + difference for name, difference in times.items()}
    own = {"user_id": user.id, "user_version": user.version}
    keep(LoginSession(**own, secret_hash=digest("secret"), **moments))
    headers = {"Cookie": f"{COOKIE}=secret"}
    assert statuses(anonymous, headers, headers) == [status, status]


def test_use_is_noted(client: TestClient, keep: Keep, user: User) -> None:
    then = datetime.now(UTC) - timedelta(minutes=30)
    moments = {"last_used_at": then, "expires_at": then + timedelta(hours=9)}
    own = {"user_id": user.id, "user_version": user.version}
    keep(LoginSession(**own, secret_hash=digest("a"), **moments))
    client.get(ME, headers={"Cookie": f"{COOKIE}=a"})
    for session in client.get(f"{AUTH}/sessions").json()["items"]:
        assert datetime.fromisoformat(session["last_used_at"]) > then + timedelta(minutes=29)


def test_page_that_was_just_loaded_learns_who_is_logged_in(
    anonymous: TestClient, user: User
) -> None:
    headers = log_in(anonymous, user.email)
    shown = anonymous.get(f"{AUTH}/session", headers={"Cookie": headers["Cookie"]}).json()
    assert shown["user"]["email"] == user.email
    assert shown["csrf_token"] == headers[CSRF_HEADER]


def test_logout_ends_the_session_and_takes_the_cookie_away(
    anonymous: TestClient, user: User
) -> None:
    headers, others = log_in(anonymous, user.email), log_in(anonymous, user.email)
    response = anonymous.post(f"{AUTH}/logout", headers=headers)
    assert response.status_code == 204
    assert response.headers["set-cookie"].startswith('__Host-session=""; ')
    assert "Max-Age=0" in response.headers["set-cookie"]
    assert statuses(anonymous, headers, others) == [401, 200]


def test_logout_everywhere_ends_every_session(
    anonymous: TestClient, client: TestClient, user: User
) -> None:
    headers = log_in(anonymous, user.email)
    assert anonymous.post(f"{AUTH}/logout-all", headers=headers).status_code == 204
    assert statuses(anonymous, headers) == [401]
    assert client.get(ME).status_code == 401


def test_user_lists_their_sessions_and_ends_one(anonymous: TestClient, user: User) -> None:
    headers = log_in(anonymous, user.email)
    phone = log_in(anonymous, user.email, headers={"User-Agent": "a phone"})
    listed = anonymous.get(f"{AUTH}/sessions", headers=headers)
    sessions = {session["user_agent"]: session for session in listed.json()["items"]}
    assert {agent: session["current"] for agent, session in sessions.items()} == {
        "a phone": False,
        "testclient": True,
    }
    assert headers["Cookie"].partition("=")[2] not in listed.text
    url = f"{AUTH}/sessions/{sessions['a phone']['id']}"
    assert anonymous.delete(url, headers=headers).status_code == 204
    assert statuses(anonymous, headers, phone) == [200, 401]


def test_session_of_another_user_is_not_there(
    anonymous: TestClient, client: TestClient, new_user: NewUser, login_as: LogIn
) -> None:
    eve = login_as(new_user("eve@example.com"))
    [session] = client.get(f"{AUTH}/sessions").json()["items"]
    for session_id in (session["id"], uuid4()):
        url = f"{AUTH}/sessions/{session_id}"
        assert anonymous.delete(url, headers=eve).status_code == 404
    assert client.get(ME).status_code == 200


def test_new_password_ends_the_sessions_from_before(anonymous: TestClient, user: User) -> None:
    headers, others = log_in(anonymous, user.email), log_in(anonymous, user.email)
    body = {"current_password": PASSWORD, "password": "battery staple"}
    response = anonymous.post(f"{AUTH}/password", json=body, headers=headers)
    assert response.status_code == 200
    assert statuses(anonymous, headers, others, headers_of(response)) == [401, 401, 200]
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
    client: TestClient, anonymous: TestClient, user: User, changes: Headers, status: int
) -> None:
    body = {"current_password": PASSWORD, "password": "battery staple", **changes}
    response = client.post(f"{AUTH}/password", json=body)
    assert (response.status_code, response.headers["content-type"]) == (
        status,
        "application/problem+json",
    )
    log_in(anonymous, user.email)


@pytest.mark.parametrize("path", ["logout", "logout-all", "password"])
def test_what_needs_a_login_is_refused_without_one(anonymous: TestClient, path: str) -> None:
    body = {"current_password": PASSWORD, "password": "battery staple"}
    response = anonymous.post(f"{AUTH}/{path}", json=body if path == "password" else None)
    assert response.status_code == 401
