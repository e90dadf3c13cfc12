from typing import Any

import pytest
from fastapi.testclient import TestClient

# {% if users %}
from app.users.models import User
# {% endif %}
from tests.auth.helpers import LogIn, NewUser

ITEMS = "/api/v1/items"
CHAIR = {"name": "Chair", "price": "49.90"}


@pytest.fixture
def chair(client: TestClient) -> dict[str, Any]:
    """Return an item of the client's user."""
    item: dict[str, Any] = client.post(ITEMS, json=CHAIR).json()
    return item


@pytest.fixture
def other(new_user: NewUser, login_as: LogIn) -> dict[str, str]:
    """Return the headers of another user."""
    return login_as(new_user("eve@example.com"))


@pytest.fixture
def admin(new_user: NewUser, login_as: LogIn) -> dict[str, str]:
    """Return the headers of an admin."""
    return login_as(new_user("root@example.com", role="admin"))


@pytest.mark.parametrize("method", ["GET", "PUT", "PATCH", "DELETE"])
def test_item_of_another_user_is_not_found(
    anonymous: TestClient,
    client: TestClient,
    chair: dict[str, Any],
    other: dict[str, str],
    method: str,
) -> None:
    url = f"{ITEMS}/{chair['id']}"
    body = CHAIR if method in {"PUT", "PATCH"} else None
    assert anonymous.request(method, url, json=body, headers=other).status_code == 404
    assert client.get(url).json() == chair


def test_list_has_only_the_items_of_its_user(
    anonymous: TestClient, client: TestClient, chair: dict[str, Any], other: dict[str, str]
) -> None:
    own = anonymous.post(ITEMS, json=CHAIR, headers=other).json()
    assert client.get(ITEMS).json()["items"] == [chair]
    assert anonymous.get(ITEMS, headers=other).json()["items"] == [own]


def test_admin_sees_and_changes_every_item(
    anonymous: TestClient, client: TestClient, chair: dict[str, Any], admin: dict[str, str]
) -> None:
    url = f"{ITEMS}/{chair['id']}"
    assert anonymous.get(ITEMS, headers=admin).json()["items"] == [chair]
    assert anonymous.patch(url, json={"name": "Stool"}, headers=admin).status_code == 200
    assert client.get(url).json()["name"] == "Stool"
    assert anonymous.delete(url, headers=admin).status_code == 204
    assert client.get(url).status_code == 404


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH"])
def test_owner_cannot_be_set(client: TestClient, chair: dict[str, Any], method: str) -> None:
    url = ITEMS if method == "POST" else f"{ITEMS}/{chair['id']}"
    body = CHAIR | {"owner_id": chair["id"]}
    assert client.request(method, url, json=body).status_code == 422


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_anonymous_caller_is_refused(anonymous: TestClient, method: str) -> None:
    response = anonymous.request(method, ITEMS, json=CHAIR if method == "POST" else None)
    assert response.status_code == 401
    assert response.headers["content-type"] == "application/problem+json"
    assert response.headers["www-authenticate"]


def test_openapi_document_names_the_scopes(anonymous: TestClient) -> None:
    operation = anonymous.get("/openapi.json").json()["paths"][ITEMS]["post"]
    needed = [scopes for scheme in operation["security"] for scopes in scheme.values()]
    assert ["items:write"] in needed
# {% if users %}


def test_items_of_a_deleted_user_are_gone(
    anonymous: TestClient, chair: dict[str, Any], user: User, admin: dict[str, str]
) -> None:
    assert anonymous.delete(f"/api/v1/users/{user.id}", headers=admin).status_code == 204
    assert chair not in anonymous.get(ITEMS, headers=admin).json()["items"]
# {% endif %}
