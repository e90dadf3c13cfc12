from datetime import UTC, datetime, timedelta
from typing import Any

import jwt
import pytest
from fastapi.testclient import TestClient
from pydantic import SecretStr

from app.auth.access_tokens import key_id, read_access_token
from app.config import Settings
from app.users.models import User
from tests.auth.helpers import LogIn, NewUser

ME = "/api/v1/users/me"
LATER = datetime.now(UTC) + timedelta(hours=1)
EARLIER = datetime.now(UTC) - timedelta(hours=1)


@pytest.fixture
def claims(settings: Settings, login_as: LogIn, user: User) -> dict[str, Any]:
    """Return the claims of a valid token of the user."""
    token = login_as(user)["Authorization"].partition(" ")[2]
    said: dict[str, Any] = jwt.decode(token, options={"verify_signature": False})
    return said


def signed(claims: dict[str, Any], settings: Settings, **header: str) -> dict[str, str]:
    """Return headers with a token that has these claims, signed with the service's key."""
    key = settings.jwt_key.get_secret_value()
    token = jwt.encode(claims, key, headers={"kid": key_id(key), "typ": "at+jwt", **header})
    return {"Authorization": f"Bearer {token}"}


def assert_refused(client: TestClient, headers: dict[str, str], challenge: str) -> None:
    response = client.get(ME, headers=headers)
    assert response.status_code == 401
    assert response.headers["content-type"] == "application/problem+json"
    assert response.headers["www-authenticate"] == challenge


def test_token_of_the_service_is_accepted(
    anonymous: TestClient, settings: Settings, claims: dict[str, Any]
) -> None:
    assert anonymous.get(ME, headers=signed(claims, settings)).status_code == 200


def test_clock_of_another_machine_may_differ_a_little(
    anonymous: TestClient, settings: Settings, claims: dict[str, Any]
) -> None:
    soon = {"iat": datetime.now(UTC) + timedelta(seconds=5)}
    assert anonymous.get(ME, headers=signed(claims | soon, settings)).status_code == 200


@pytest.mark.parametrize("headers", [{}, {"Authorization": "Basic YTpi"}])
def test_missing_token_is_refused(anonymous: TestClient, headers: dict[str, str]) -> None:
    assert_refused(anonymous, headers, "Bearer")


@pytest.mark.parametrize("token", ["", "x", "a.b.c", "e30.e30.e30", "\xff", "x" * 5000])
def test_malformed_token_is_refused(anonymous: TestClient, token: str) -> None:
    headers = {b"Authorization": f"Bearer {token}".encode("latin-1")}
    response = anonymous.get(ME, headers=headers)
    assert (response.status_code, response.headers["content-type"]) == (
        401,
        "application/problem+json",
    )


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"exp": EARLIER}, id="expired"),
        pytest.param({"iat": LATER}, id="from the future"),
        pytest.param({"nbf": LATER}, id="not valid yet"),
        pytest.param({"iss": "another"}, id="wrong issuer"),
        pytest.param({"aud": "another"}, id="wrong audience"),
        pytest.param({"ver": 7}, id="another version"),
        pytest.param({"sub": "00000000-0000-4000-8000-000000000000"}, id="unknown user"),
    ],
)
def test_token_with_a_wrong_claim_is_refused(
    anonymous: TestClient, settings: Settings, claims: dict[str, Any], changes: dict[str, Any]
) -> None:
    headers = signed(claims | changes, settings)
    assert_refused(anonymous, headers, 'Bearer error="invalid_token"')


@pytest.mark.parametrize("missing", ["exp", "iat", "jti", "iss", "aud", "sub", "ver", "scope"])
def test_token_without_a_claim_is_refused(
    anonymous: TestClient, settings: Settings, claims: dict[str, Any], missing: str
) -> None:
    del claims[missing]
    headers = signed(claims, settings)
    assert_refused(anonymous, headers, 'Bearer error="invalid_token"')


@pytest.mark.parametrize("header", [{"typ": "JWT"}, {"kid": "another"}])
def test_token_of_another_type_or_key_id_is_refused(
    anonymous: TestClient, settings: Settings, claims: dict[str, Any], header: dict[str, str]
) -> None:
    headers = signed(claims, settings, **header)
    assert_refused(anonymous, headers, 'Bearer error="invalid_token"')


@pytest.mark.parametrize("algorithm", ["none", "HS384", "HS512"])
def test_token_with_another_algorithm_is_refused(
    anonymous: TestClient, settings: Settings, claims: dict[str, Any], algorithm: str
) -> None:
    key = settings.jwt_key.get_secret_value()
    header = {"kid": key_id(key), "typ": "at+jwt"}
    signing = "" if algorithm == "none" else key * 2
    token = jwt.encode(claims, signing, algorithm, headers=header)
    headers = {"Authorization": f"Bearer {token}"}
    assert_refused(anonymous, headers, 'Bearer error="invalid_token"')


def test_changed_token_is_refused(anonymous: TestClient, login_as: LogIn, user: User) -> None:
    headers = login_as(user)
    head, body, signature = headers["Authorization"].split(".")
    swapped = "A" if body[10] != "A" else "B"
    changed = f"{head}.{body[:10]}{swapped}{body[11:]}.{signature}"
    assert_refused(anonymous, {"Authorization": changed}, 'Bearer error="invalid_token"')


def test_scope_that_the_token_lacks_is_named(
    anonymous: TestClient, settings: Settings, claims: dict[str, Any], new_user: NewUser
) -> None:
    admin = new_user("root@example.com", role="admin")
    headers = signed(claims | {"sub": str(admin.id), "scope": "users:read"}, settings)
    url = f"/api/v1/users/{admin.id}"
    assert anonymous.get(url, headers=headers).status_code == 200
    response = anonymous.patch(url, json={}, headers=headers)
    assert response.status_code == 403
    assert response.headers["www-authenticate"] == (
        'Bearer error="insufficient_scope", scope="users:write"'
    )


def test_scope_that_the_role_does_not_have_is_not_given_by_the_token(
    anonymous: TestClient, settings: Settings, claims: dict[str, Any]
) -> None:
    headers = signed(claims | {"scope": "users:read users:write"}, settings)
    assert anonymous.get("/api/v1/users", headers=headers).status_code == 403


def test_token_signed_with_the_previous_key_is_accepted_until_that_key_is_gone(
    settings: Settings, login_as: LogIn, user: User
) -> None:
    token = login_as(user)["Authorization"].partition(" ")[2]
    new_key = SecretStr("a new key, as long as the one before")
    rotated = {"jwt_key": new_key, "jwt_previous_key": settings.jwt_key}
    assert read_access_token(settings.model_copy(update=rotated), token).user_id == user.id
    with pytest.raises(jwt.InvalidTokenError):
        read_access_token(settings.model_copy(update={"jwt_key": new_key}), token)
