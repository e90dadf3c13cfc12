import json

import pytest
from fastapi.exceptions import RequestValidationError
from fastapi.testclient import TestClient

from app.users.passwords import canonical, reject_weak_password
from tests.auth.helpers import PASSWORD

GRACE = {"email": "grace@example.com", "password": "a harbour and a moth"}


@pytest.mark.parametrize(
    "password",
    [
        "short",
        "a" * 129,
        "password1",
        "PassWord1",
        "iloveyou2",
        "Administrator",
        "Basketball2026!",
        "12345678",
        "i am Grace Hopper",
        None,
        {"$ne": ""},
    ],
)
def test_weak_password_is_refused_where_it_stands(anonymous: TestClient, password: object) -> None:
    response = anonymous.post("/api/v1/auth/register", json=GRACE | {"password": password})
    assert response.status_code == 422
    assert response.headers["content-type"] == "application/problem+json"
    assert response.json()["errors"][0]["pointer"] == "#/password"


@pytest.mark.parametrize(
    ("field", "password", "reason"),
    [
        ("password", "short", "A password has at least 8 characters."),
        ("password", "a" * 129, "A password has at most 128 characters."),
        ("current_password", "a" * 129, "A password has at most 128 characters."),
    ],
)
def test_length_of_a_password_is_counted_in_characters(
    client: TestClient, field: str, password: str, reason: str
) -> None:
    body = {"current_password": PASSWORD, "password": PASSWORD} | {field: password}
    (wrong,) = client.post("/api/v1/auth/password", json=body).json()["errors"]
    assert (wrong["pointer"], wrong["detail"]) == (f"#/{field}", reason)


def test_address_that_has_an_account_is_named(anonymous: TestClient) -> None:
    for status in (201, 409):
        response = anonymous.post("/api/v1/auth/register", json=GRACE)
        assert response.status_code == status
    assert response.json()["detail"] == "This email address already has an account."


@pytest.mark.parametrize("field", ["password", "current_password"])
def test_text_that_is_not_unicode_is_refused(
    anonymous: TestClient, client: TestClient, field: str
) -> None:
    headers = {"Content-Type": "application/json"}
    change = {"current_password": PASSWORD, "password": PASSWORD} | {field: "\ud800 good enough"}
    changed = client.post("/api/v1/auth/password", content=json.dumps(change), headers=headers)
    account = json.dumps(GRACE | {"password": "\ud800 good enough"})
    registered = anonymous.post("/api/v1/auth/register", content=account, headers=headers)
    for response in (changed, registered):
        assert response.status_code == 422
        assert response.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize("changes", [{"role": "admin"}, {"active": True}, {"id": "1"}])
def test_nothing_else_is_set_by_registering(
    anonymous: TestClient, changes: dict[str, object]
) -> None:
    assert anonymous.post("/api/v1/auth/register", json=GRACE | changes).status_code == 422


def test_password_of_the_longest_length_is_taken(anonymous: TestClient) -> None:
    body = GRACE | {"password": "é" * 128}
    assert anonymous.post("/api/v1/auth/register", json=body).status_code == 201


def test_short_name_may_be_part_of_a_password() -> None:
    reject_weak_password("a harbour", "ha@example.com")
    with pytest.raises(RequestValidationError):
        reject_weak_password("a harbour", "harb@example.com")


def test_letters_with_accents_are_the_same_however_they_are_typed() -> None:
    assert canonical("cafe\u0301") == canonical("caf\u00e9")
