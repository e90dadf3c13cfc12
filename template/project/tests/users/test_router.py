from concurrent.futures import ThreadPoolExecutor

import pytest
from fastapi.testclient import TestClient

from app.users.models import User
from tests.auth.helpers import CONFIRMED, LogIn, NewUser

USERS = "/api/v1/users"


@pytest.fixture
def admin(new_user: NewUser, login_as: LogIn) -> dict[str, str]:
    """Return the headers of an admin."""
    return login_as(new_user("root@example.com", role="admin"))


def test_user_sees_themselves_and_no_secret(client: TestClient, user: User) -> None:
    me = client.get(f"{USERS}/me").json()
    assert me.pop("created_at").endswith("Z")
    assert me == {"id": str(user.id), "email": user.email, "role": "user", "active": True}


def test_user_changes_their_email_which_is_kept_in_one_form(client: TestClient) -> None:
    changed = client.patch(f"{USERS}/me", json={"email": "Ada.Lovelace@Example.COM"} | CONFIRMED)
    assert changed.json()["email"] == "ada.lovelace@example.com"
    assert client.get(f"{USERS}/me").json() == changed.json()


def test_empty_change_changes_nothing(client: TestClient) -> None:
    before = client.get(f"{USERS}/me").json()
    assert client.patch(f"{USERS}/me", json={}).json() == before


def test_email_of_another_user_is_a_conflict(client: TestClient, new_user: NewUser) -> None:
    new_user("eve@example.com")
    response = client.patch(f"{USERS}/me", json={"email": "EVE@example.com"} | CONFIRMED)
    assert response.status_code == 409
    assert response.headers["content-type"] == "application/problem+json"
    assert response.json()["detail"] == "This email address already has an account."


@pytest.mark.parametrize("email", ["ada@example.com", "ADA@example.com"])
def test_own_email_may_stay(client: TestClient, email: str) -> None:
    response = client.patch(f"{USERS}/me", json={"email": email} | CONFIRMED)
    assert response.json()["email"] == "ada@example.com"


@pytest.mark.parametrize(
    "changes",
    [
        {"role": "admin"},
        {"active": True},
        {"id": "00000000-0000-4000-8000-000000000000"},
        {"password_hash": "x"},
        {"email": "no address"},
        {"email": None},
        {"email": {"$ne": ""}},
        {"email": "a\u0000@example.com"},
        {"email": f"{'a' * 250}@example.com"},
    ],
)
def test_user_changes_nothing_else(client: TestClient, changes: dict[str, object]) -> None:
    before = client.get(f"{USERS}/me").json()
    assert client.patch(f"{USERS}/me", json=changes).status_code == 422
    assert client.get(f"{USERS}/me").json() == before


def test_admin_lists_users_by_pages(
    anonymous: TestClient, user: User, admin: dict[str, str]
) -> None:
    whole = anonymous.get(USERS, headers=admin).json()
    assert [found["email"] for found in whole["items"]] == [user.email, "root@example.com"]
    page = anonymous.get(USERS, headers=admin, params={"limit": 1, "offset": 1}).json()
    assert (page["items"], page["total"]) == (whole["items"][1:], 2)
    assert anonymous.get(USERS, headers=admin, params={"limit": 101}).status_code == 422


def test_admin_reads_a_user(anonymous: TestClient, user: User, admin: dict[str, str]) -> None:
    found = anonymous.get(f"{USERS}/{user.id}", headers=admin)
    assert found.json()["email"] == user.email


def test_admin_makes_a_user_an_admin(
    anonymous: TestClient, client: TestClient, user: User, admin: dict[str, str]
) -> None:
    changed = anonymous.patch(f"{USERS}/{user.id}", json={"role": "admin"}, headers=admin)
    assert changed.json()["role"] == "admin"
    assert client.get(f"{USERS}/me").json()["role"] == "admin"


def test_disabled_user_is_refused_at_once(
    anonymous: TestClient, client: TestClient, user: User, admin: dict[str, str]
) -> None:
    url = f"{USERS}/{user.id}"
    assert anonymous.patch(url, json={"active": False}, headers=admin).status_code == 200
    response = client.get(f"{USERS}/me")
    assert response.status_code == 401
    assert response.headers["www-authenticate"]


def test_user_who_is_enabled_again_has_to_log_in_again(
    anonymous: TestClient, client: TestClient, user: User, admin: dict[str, str]
) -> None:
    for active in (False, True):
        changed = anonymous.patch(f"{USERS}/{user.id}", json={"active": active}, headers=admin)
        assert changed.json()["active"] is active
        assert client.get(f"{USERS}/me").status_code == 401


def test_admin_who_becomes_a_user_has_to_log_in_again(
    anonymous: TestClient, admin: dict[str, str], new_user: NewUser, login_as: LogIn
) -> None:
    other = new_user("grace@example.com", role="admin")
    headers = login_as(other)
    for role in ("user", "admin"):
        changed = anonymous.patch(f"{USERS}/{other.id}", json={"role": role}, headers=admin)
        assert changed.json()["role"] == role
        assert anonymous.get(USERS, headers=headers).status_code == 401


def test_answer_about_the_caller_is_not_cached(client: TestClient, anonymous: TestClient) -> None:
    for path in (f"{USERS}/me", "/api/v1/items"):
        assert client.get(path).headers["cache-control"] == "no-store"
    assert "cache-control" not in anonymous.get("/health/live").headers


def test_deleted_user_is_refused_at_once(
    anonymous: TestClient, client: TestClient, user: User, admin: dict[str, str]
) -> None:
    url = f"{USERS}/{user.id}"
    assert anonymous.delete(url, headers=admin).status_code == 204
    assert client.get(f"{USERS}/me").status_code == 401
    assert anonymous.get(url, headers=admin).status_code == 404


@pytest.mark.parametrize("method", ["PATCH", "DELETE"])
def test_admin_cannot_put_themselves_out(
    anonymous: TestClient, admin: dict[str, str], method: str
) -> None:
    me = anonymous.get(f"{USERS}/me", headers=admin).json()
    body = {"active": False} if method == "PATCH" else None
    url = f"{USERS}/{me['id']}"
    assert anonymous.request(method, url, json=body, headers=admin).status_code == 409
    assert anonymous.get(f"{USERS}/me", headers=admin).json() == me


@pytest.mark.parametrize(
    ("method", "changes"),
    [("PATCH", {"active": False}), ("PATCH", {"role": "user"}), ("DELETE", None)],
)
def test_admins_who_put_each_other_out_at_once_leave_one(
    anonymous: TestClient,
    new_user: NewUser,
    login_as: LogIn,
    method: str,
    changes: dict[str, object] | None,
) -> None:
    for number in range(3):
        admins = [new_user(f"{name}{number}@example.com", role="admin") for name in ("ada", "eve")]
        logins = [login_as(admin) for admin in admins]
        urls = [f"{USERS}/{admin.id}" for admin in reversed(admins)]
        with ThreadPoolExecutor(2) as pool:
            tries = [
                pool.submit(anonymous.request, method, url, json=changes, headers=headers)
                for url, headers in zip(urls, logins, strict=True)
            ]
        assert sum(tried.result().is_success for tried in tries) == 1
        left = [anonymous.get(USERS, headers=headers).is_success for headers in logins]
        assert sorted(left) == [False, True]


@pytest.mark.parametrize("changes", [{"email": "x@example.com"}, {"role": "root"}, {"id": "1"}])
def test_admin_changes_nothing_else(
    anonymous: TestClient, user: User, admin: dict[str, str], changes: dict[str, object]
) -> None:
    response = anonymous.patch(f"{USERS}/{user.id}", json=changes, headers=admin)
    assert response.status_code == 422


@pytest.mark.parametrize(
    ("method", "path"), [("GET", ""), ("GET", "/{}"), ("PATCH", "/{}"), ("DELETE", "/{}")]
)
def test_user_who_is_no_admin_is_refused(
    client: TestClient, new_user: NewUser, method: str, path: str
) -> None:
    url = USERS + path.format(new_user("eve@example.com").id)
    body = {"role": "admin"} if method == "PATCH" else None
    response = client.request(method, url, json=body)
    assert response.status_code == 403
    assert "insufficient_scope" in response.headers["www-authenticate"]
