import pytest
from fastapi.exceptions import RequestValidationError
from fastapi.testclient import TestClient

from app.users.passwords import canonical, refuse_weak

GRACE = {"email": "grace@example.com", "password": "a harbour and a moth"}


@pytest.mark.parametrize(
    "password",
    [
        "short",
        "a" * 129,
        "password1",
        "PassWord1",
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


@pytest.mark.parametrize("changes", [{"role": "admin"}, {"active": True}, {"id": "1"}])
def test_nothing_else_is_set_by_registering(
    anonymous: TestClient, changes: dict[str, object]
) -> None:
    assert anonymous.post("/api/v1/auth/register", json=GRACE | changes).status_code == 422


def test_password_of_the_longest_length_is_taken(anonymous: TestClient) -> None:
    body = GRACE | {"password": "é" * 128}
    assert anonymous.post("/api/v1/auth/register", json=body).status_code == 201


def test_short_name_may_be_part_of_a_password() -> None:
    refuse_weak("abracadabra", "ab@example.com")
    with pytest.raises(RequestValidationError):
        refuse_weak("abracadabra", "abra@example.com")


def test_letters_with_accents_are_the_same_however_they_are_typed() -> None:
    assert canonical("cafe\u0301") == canonical("caf\u00e9")
