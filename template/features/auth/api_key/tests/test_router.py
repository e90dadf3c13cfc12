# {% if not sync %}
from asyncio import to_thread
# {% endif %}
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from fastapi.testclient import TestClient

from app.auth import service
from app.auth.dependencies import HEADER
from app.auth.keys import ApiKey, ApiKeys
from app.users.models import User
from tests.auth.fixtures import NewKey
from tests.auth.helpers import LogIn, NewUser

KEYS = "/api/v1/api-keys"
ME = "/api/v1/users/me"
USERS = "/api/v1/users"
READING = {"name": "report", "scopes": ["keys:read"]}


@pytest.fixture
def admin(new_user: NewUser, login_as: LogIn) -> dict[str, str]:
    """Return the headers of an admin."""
    return login_as(new_user("root@example.com", role="admin"))


def create(client: TestClient, **changes: object) -> dict[str, Any]:
    response = client.post(KEYS, json=READING | changes)
    assert response.status_code == 201, response.text
    key: dict[str, Any] = response.json()
    return key


def interrupt(
    monkeypatch: pytest.MonkeyPatch, meanwhile: Callable[[TestClient], None], client: TestClient
) -> None:
    """Do something else when a key has been checked and the new one is not stored yet."""
    add = ApiKeys.add

    async def interrupted(self: ApiKeys, key: ApiKey) -> ApiKey:
        # {% if sync %}
        meanwhile(client)
        # {% else %}
        await to_thread(meanwhile, client)
        # {% endif %}
        return await add(self, key)

    monkeypatch.setattr(ApiKeys, "add", interrupted)


def assert_refused(client: TestClient, headers: dict[Any, Any]) -> None:
    response = client.get(ME, headers=headers)
    assert response.status_code == 401
    assert response.headers["content-type"] == "application/problem+json"
    assert response.headers["www-authenticate"] == "APIKey"


def test_new_key_is_shown_once(client: TestClient) -> None:
    response = client.post(KEYS, json=READING)
    assert response.headers["cache-control"] == "no-store"
    made = response.json()
    text = made.pop("key")
    assert text.startswith(f"{made['prefix']}_")
    assert len(text) >= 12 + 1 + 43
    listed = client.get(KEYS)
    assert listed.json()["items"][0] == made
    assert text not in listed.text


def test_key_allows_its_scopes_alone(anonymous: TestClient, client: TestClient) -> None:
    headers = {HEADER: create(client)["key"]}
    assert anonymous.get(KEYS, headers=headers).status_code == 200
    response = anonymous.post(KEYS, json=READING, headers=headers)
    assert response.status_code == 403
    assert 'scope="keys:write"' in response.headers["www-authenticate"]


def test_key_makes_no_key_that_allows_more(
    anonymous: TestClient, user: User, new_key: NewKey
) -> None:
    headers = {HEADER: new_key(user, scope="keys:read keys:write")}
    for scope in ("items:write", "users:write"):
        body = READING | {"scopes": ["keys:read", scope]}
        assert anonymous.post(KEYS, json=body, headers=headers).status_code == 403
    assert anonymous.post(KEYS, json=READING, headers=headers).status_code == 201


def test_scope_that_the_role_lost_is_lost_to_its_keys(
    anonymous: TestClient, user: User, new_key: NewKey
) -> None:
    headers = {HEADER: new_key(user, scope="users:read")}
    assert anonymous.get(USERS, headers=headers).status_code == 403


def test_use_is_noted(anonymous: TestClient, client: TestClient) -> None:
    made = create(client)
    assert made["last_used_at"] is None
    before = datetime.now(UTC) - timedelta(seconds=1)
    for _ in range(2):
        assert anonymous.get(ME, headers={HEADER: made["key"]}).status_code == 200
    used = client.get(KEYS).json()["items"][0]
    assert datetime.fromisoformat(used["last_used_at"]) > before


def test_key_lasts_as_long_as_was_said(client: TestClient) -> None:
    for days, made in ((365, create(client)), (7, create(client, days=7))):
        left = datetime.fromisoformat(made["expires_at"]) - datetime.now(UTC)
        assert timedelta(days=days) - timedelta(minutes=1) < left <= timedelta(days=days)


def test_expired_key_is_refused_and_not_listed(
    anonymous: TestClient, client: TestClient, user: User, new_key: NewKey
) -> None:
    expired = new_key(user, name="old", expires_at=datetime.now(UTC) - timedelta(seconds=1))
    assert_refused(anonymous, {HEADER: expired})
    assert "old" not in {key["name"] for key in client.get(KEYS).json()["items"]}


@pytest.mark.parametrize("text", ["x", "_", "\xff_\xff", "x" * 5000, "' OR 1=1 --"])
def test_malformed_key_is_refused(anonymous: TestClient, text: str) -> None:
    assert_refused(anonymous, {HEADER.encode(): text.encode("latin-1")})


def test_no_key_is_refused(anonymous: TestClient) -> None:
    assert_refused(anonymous, {})
    assert_refused(anonymous, {"Authorization": "Bearer x"})


def test_prefix_with_another_secret_is_refused(
    anonymous: TestClient, user: User, new_key: NewKey
) -> None:
    prefix, _, secret = new_key(user).partition("_")
    for text in (prefix, f"{prefix}_", f"{prefix}_{secret}x", f"{prefix}_{secret[:-1]}"):
        assert_refused(anonymous, {HEADER: text})


def test_key_for_something_else_does_not_change_the_account(
    anonymous: TestClient, client: TestClient
) -> None:
    headers = {HEADER: create(client)["key"]}
    refused = anonymous.patch(ME, json={"email": "new@example.com"}, headers=headers)
    assert refused.status_code == 403
    assert 'scope="account:write"' in refused.headers["www-authenticate"]


def test_key_does_not_outlive_the_one_that_created_it(
    anonymous: TestClient, admin: dict[str, str], user: User, client: TestClient
) -> None:
    short = create(client, days=1, scopes=["keys:read", "keys:write"])
    child = anonymous.post(KEYS, json=READING | {"days": 3650}, headers={HEADER: short["key"]})
    assert child.json()["expires_at"] <= short["expires_at"]
    given = anonymous.post(
        f"{USERS}/{user.id}/api-keys", json=READING | {"days": 3650}, headers=admin
    )
    [key] = anonymous.get(KEYS, headers=admin).json()["items"]
    assert given.json()["expires_at"] <= key["expires_at"]


def test_keys_end_with_the_one_that_created_them(anonymous: TestClient, client: TestClient) -> None:
    line = [create(client, scopes=["keys:read", "keys:write"])]
    for _ in range(2):
        headers = {HEADER: line[-1]["key"]}
        body = READING | {"scopes": ["keys:read", "keys:write"]}
        line.append(anonymous.post(KEYS, json=body, headers=headers).json())
    assert client.delete(f"{KEYS}/{line[0]['id']}").status_code == 204
    for key in line:
        assert_refused(anonymous, {HEADER: key["key"]})
    assert client.get(KEYS).status_code == 200


def test_key_ends_with_the_one_that_is_revoked_while_it_creates_it(
    anonymous: TestClient, client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    creator = create(client, scopes=["keys:read", "keys:write"])
    headers = {HEADER: creator["key"]}
    anonymous.get(ME, headers=headers)

    def revoke(client: TestClient) -> None:
        assert client.delete(f"{KEYS}/{creator['id']}").status_code == 204

    interrupt(monkeypatch, revoke, client)
    made = anonymous.post(KEYS, json=READING, headers=headers).json()
    assert_refused(anonymous, {HEADER: made.get("key", "none")})
    assert [key["name"] for key in client.get(KEYS).json()["items"]] == ["test"]


def test_key_ends_with_its_user_who_is_disabled_while_it_is_created(
    anonymous: TestClient, user: User, admin: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    anonymous.get(ME, headers=admin)

    def disable_and_enable(client: TestClient) -> None:
        for active in (False, True):
            change = {"active": active}
            changed = client.patch(f"{USERS}/{user.id}", json=change, headers=admin)
            assert changed.status_code == 200

    interrupt(monkeypatch, disable_and_enable, anonymous)
    url = f"{USERS}/{user.id}/api-keys"
    made = anonymous.post(url, json=READING, headers=admin).json()
    assert_refused(anonymous, {HEADER: made["key"]})
    monkeypatch.undo()
    again = anonymous.post(url, json=READING, headers=admin).json()
    listed = anonymous.get(KEYS, headers={HEADER: again["key"]}).json()["items"]
    assert [key["id"] for key in listed] == [again["id"]]


def test_key_revokes_itself_and_those_that_allow_no_more(
    anonymous: TestClient, client: TestClient
) -> None:
    strong = create(client, scopes=["items:read", "items:write"])
    weak = create(client, scopes=["items:read"])
    own = create(client, scopes=["items:read", "keys:write"])
    headers = {HEADER: own["key"]}
    refused = anonymous.delete(f"{KEYS}/{strong['id']}", headers=headers)
    assert refused.status_code == 403
    assert 'scope="items:write"' in refused.headers["www-authenticate"]
    assert anonymous.get(ME, headers={HEADER: strong["key"]}).status_code == 200
    for key in (weak, own):
        assert anonymous.delete(f"{KEYS}/{key['id']}", headers=headers).status_code == 204
        assert_refused(anonymous, {HEADER: key["key"]})


def test_revoked_key_is_refused(anonymous: TestClient, client: TestClient) -> None:
    made = create(client)
    assert client.delete(f"{KEYS}/{made['id']}").status_code == 204
    assert_refused(anonymous, {HEADER: made["key"]})
    assert client.delete(f"{KEYS}/{made['id']}").status_code == 404


def test_key_of_another_user_is_not_there(
    anonymous: TestClient, client: TestClient, new_user: NewUser, login_as: LogIn
) -> None:
    made = create(client)
    eve = login_as(new_user("eve@example.com"))
    assert made["id"] not in anonymous.get(KEYS, headers=eve).text
    for key_id in (made["id"], uuid4()):
        assert anonymous.delete(f"{KEYS}/{key_id}", headers=eve).status_code == 404
    assert anonymous.get(ME, headers={HEADER: made["key"]}).status_code == 200


@pytest.mark.parametrize(
    "changes",
    [
        {"name": " "},
        {"name": "a\u0000"},
        {"scopes": []},
        {"scopes": ["everything"]},
        {"days": 0},
        {"days": 3651},
        {"user_id": str(uuid4())},
        {"key_hash": "x"},
    ],
)
def test_wrong_key_is_not_made(client: TestClient, changes: dict[str, object]) -> None:
    assert client.post(KEYS, json=READING | changes).status_code == 422


def test_user_has_no_more_keys_than_can_be_overlooked(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service, "MAX_KEYS", 2)
    create(client)
    assert client.post(KEYS, json=READING).status_code == 409
    assert len(client.get(KEYS).json()["items"]) == 2


def test_parallel_requests_create_no_more_keys(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service, "MAX_KEYS", 2)
    client.get(ME)  # later requests do not wait for each other to note the use of the key
    with ThreadPoolExecutor(8) as pool:
        requests = [pool.submit(client.post, KEYS, json=READING) for _ in range(8)]
    made = [request.result().status_code for request in requests]
    assert set(made) <= {201, 409}
    assert len(client.get(KEYS).json()["items"]) == 1 + made.count(201) <= 2


def test_admin_makes_a_user_who_calls_with_their_first_key(
    anonymous: TestClient, admin: dict[str, str]
) -> None:
    body = {"email": "Grace@Example.com"}
    response = anonymous.post(USERS, json=body, headers=admin)
    assert (response.status_code, response.headers["cache-control"]) == (201, "no-store")
    made = response.json()
    headers = {HEADER: made.pop("api_key")["key"]}
    assert anonymous.get(ME, headers=headers).json() == made
    assert (made["email"], made["role"]) == ("grace@example.com", "user")
    assert anonymous.post(KEYS, json=READING, headers=headers).status_code == 201
    assert anonymous.get(USERS, headers=headers).status_code == 403


def test_address_that_has_an_account_is_named(
    anonymous: TestClient, user: User, admin: dict[str, str]
) -> None:
    response = anonymous.post(USERS, json={"email": user.email}, headers=admin)
    assert response.status_code == 409
    assert response.json()["detail"] == "This email address already has an account."


def test_admin_makes_a_key_for_a_user_who_lost_theirs(
    anonymous: TestClient, user: User, admin: dict[str, str]
) -> None:
    url = f"{USERS}/{user.id}/api-keys"
    made = anonymous.post(url, json=READING, headers=admin).json()
    assert anonymous.get(ME, headers={HEADER: made["key"]}).json()["id"] == str(user.id)


def test_user_makes_no_users_and_no_keys_for_others(client: TestClient, new_user: NewUser) -> None:
    eve = new_user("eve@example.com")
    assert client.post(USERS, json={"email": "a@example.com"}).status_code == 403
    assert client.post(f"{USERS}/{eve.id}/api-keys", json=READING).status_code == 403
