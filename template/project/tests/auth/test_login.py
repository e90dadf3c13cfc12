# {% from 'template/style.jinja' import style with context %}
# {% call style() %}
# {% if not sync %}
from asyncio import to_thread
# {% endif %}
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import BoundedSemaphore
from typing import Any
from uuid import UUID

import pytest
from fastapi.testclient import TestClient
from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher
# {% if not sql %}
from pymongo.database import Database
# {% endif %}

from app.auth.login_throttle import LoginThrottle, Others, network
from app.config import Settings
from app.users.models import User
from app.users.passwords import Passwords
from tests.auth.helpers import PASSWORD, LogIn, NewUser

# {% if auth == 'jwt' %}
LOGIN = "/api/v1/auth/token"
# {% else %}
LOGIN = "/api/v1/auth/login"
# {% endif %}
ME = "/api/v1/users/me"
USER = "/api/v1/users/{}"
NEW_PASSWORD = {"current_password": PASSWORD, "password": "battery staple"}
Interrupt = Callable[..., None]


def log_in(client: TestClient, email: str, password: str = PASSWORD) -> Any:
    # {% if auth == 'jwt' %}
    return client.post(LOGIN, data={"username": email, "password": password})
    # {% else %}
    return client.post(LOGIN, json={"email": email, "password": password})
# {% endif %}


def is_valid(client: TestClient, login: Any) -> bool:
    """Return whether what a login gave still works."""
    assert login.status_code == 200
    # {% if auth == 'jwt' %}
    tokens = login.json()
    bearer = {"Authorization": f"Bearer {tokens['access_token']}"}
    body = {"refresh_token": tokens["refresh_token"]}
    refreshed = client.post("/api/v1/auth/refresh", json=body)
    return 200 in {refreshed.status_code, client.get(ME, headers=bearer).status_code}
    # {% else %}
    cookie = {"Cookie": login.headers["set-cookie"].partition(";")[0]}
    return client.get(ME, headers=cookie).status_code == 200
# {% endif %}


@pytest.fixture
def interrupt(
    client: TestClient, new_user: NewUser, login_as: LogIn, monkeypatch: pytest.MonkeyPatch
) -> Interrupt:
    """Return a function that plans requests between the check of a password and what follows.

    Admins send those for `/users/{user_id}`.
    """
    admin = login_as(new_user("root@example.com", role="admin"))
    verify = Passwords.verify

    def plan(path: str, bodies: list[Any], headers: dict[str, str] | None = None) -> None:
        def send(client: TestClient) -> None:
            for body in bodies:
                if path.startswith("/api/v1/users/"):
                    response = client.patch(path, json=body, headers=admin)
                else:
                    response = client.post(path, json=body, headers=headers)
                assert response.is_success

        async def interrupted(self: Passwords, *texts: str) -> tuple[bool, str | None]:
            monkeypatch.setattr(Passwords, "verify", verify)
            checked = await verify(self, *texts)
            # {% if sync %}
            send(client)
            # {% else %}
            await to_thread(send, client)
            # {% endif %}
            return checked

        monkeypatch.setattr(Passwords, "verify", interrupted)

    return plan


def test_unknown_email_and_wrong_password_are_answered_alike(
    anonymous: TestClient, user: User
) -> None:
    unknown = log_in(anonymous, "nobody@example.com")
    wrong = log_in(anonymous, user.email, "wrong password")
    assert unknown.status_code == wrong.status_code == 401
    assert unknown.json() == wrong.json()
    for header in ("www-authenticate", "content-type", "content-length"):
        assert unknown.headers[header] == wrong.headers[header]


def test_disabled_user_is_answered_like_a_wrong_password(
    anonymous: TestClient, new_user: NewUser
) -> None:
    new_user("off@example.com", active=False)
    disabled = log_in(anonymous, "off@example.com")
    assert disabled.json() == log_in(anonymous, "nobody@example.com").json()


@pytest.mark.parametrize("password_hash", ["", "!", "$argon2id$cut off"])
def test_account_without_a_usable_password_is_answered_like_a_wrong_one(
    anonymous: TestClient, new_user: NewUser, password_hash: str
) -> None:
    new_user("none@example.com", password_hash=password_hash)
    refused = log_in(anonymous, "none@example.com")
    assert refused.status_code == 401
    assert refused.json() == log_in(anonymous, "nobody@example.com").json()


# {% if not sql %}
def test_document_from_another_kind_of_login_is_a_user_without_a_password(
    anonymous: TestClient, user: User, database: Database[dict[str, Any]], interrupt: Interrupt
) -> None:
    others = {"password_hash": 1, "version": 1}
    database["users"].update_one({"_id": user.id}, {"$unset": others})
    interrupt(USER.format(user.id), [{"role": "admin"}, {"active": False}])
    assert log_in(anonymous, user.email).status_code == 401


# {% endif %}
def test_unknown_email_takes_as_much_hashing_as_a_wrong_password(
    anonymous: TestClient, user: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    hashed = []
    hash_, verify = Passwords.hash, Passwords.verify

    async def counted_hash(self: Passwords, password: str) -> str:
        hashed.append("unknown")
        return await hash_(self, password)

    async def counted_verify(self: Passwords, password: str, known: str) -> tuple[bool, str | None]:
        hashed.append("wrong")
        return await verify(self, password, known)

    monkeypatch.setattr(Passwords, "hash", counted_hash)
    monkeypatch.setattr(Passwords, "verify", counted_verify)
    log_in(anonymous, "nobody@example.com")
    log_in(anonymous, user.email, "wrong password")
    assert hashed == ["unknown", "wrong"]


@pytest.mark.parametrize("email", ["ada@example.com", "nobody@example.com"])
def test_repeated_failures_have_to_wait_whether_there_is_an_account_or_not(
    anonymous: TestClient, user: User, email: str
) -> None:
    for _ in range(5):
        assert log_in(anonymous, email, "wrong password").status_code == 401
    slowed = log_in(anonymous, email.upper())
    assert (slowed.status_code, slowed.headers["content-type"]) == (429, "application/problem+json")
    assert 1 <= int(slowed.headers["retry-after"]) <= 2


def test_parallel_guesses_are_counted_before_they_are_checked(
    anonymous: TestClient, user: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    checked = []
    verify = Passwords.verify

    async def counted(self: Passwords, password: str, known: str) -> tuple[bool, str | None]:
        checked.append(password)
        return await verify(self, password, known)

    monkeypatch.setattr(Passwords, "verify", counted)
    with ThreadPoolExecutor(16) as pool:
        guesses = [pool.submit(log_in, anonymous, user.email, f"guess {n}") for n in range(32)]
    statuses = Counter(guess.result().status_code for guess in guesses)
    assert len(checked) == statuses[401] <= 5
    assert statuses[429] == 32 - statuses[401]


def test_right_passwords_at_once_wait_a_moment_at_most(anonymous: TestClient, user: User) -> None:
    with ThreadPoolExecutor(16) as pool:
        logins = [pool.submit(log_in, anonymous, user.email) for _ in range(32)]
    answers = [login.result() for login in logins]
    refused = [answer for answer in answers if answer.status_code != 200]
    assert len(refused) < 32
    assert {answer.headers["retry-after"] for answer in refused} <= {"1"}
    assert log_in(anonymous, user.email).status_code == 200


# {% if sql %}
def test_no_connection_waits_while_a_password_is_hashed(
    anonymous: TestClient, user: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    pool = anonymous.app_state["database"].kw["bind"].pool
    held = []
    run = Passwords.run

    async def counted(self: Passwords, function: Callable[..., Any], *arguments: str) -> Any:
        held.append(pool.checkedout())
        return await run(self, function, *arguments)

    monkeypatch.setattr(Passwords, "run", counted)
    log_in(anonymous, user.email)
    log_in(anonymous, "nobody@example.com")
    body = {"email": "grace@example.com", "password": PASSWORD}
    assert anonymous.post("/api/v1/auth/register", json=body).status_code == 201
    assert held == [0, 0, 0]


# {% endif %}
def test_only_so_many_passwords_wait_for_their_hash(
    anonymous: TestClient, user: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    passwords: Passwords = anonymous.app_state["passwords"]
    monkeypatch.setattr(passwords, "places", BoundedSemaphore(1))
    passwords.places.acquire()
    busy = log_in(anonymous, user.email)
    assert (busy.status_code, busy.headers["retry-after"]) == (503, "5")
    passwords.places.release()
    assert log_in(anonymous, user.email).status_code == 200


def test_attempt_that_was_never_finished_counts_as_a_failure(
    anonymous: TestClient, user: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def end_first(self: LoginThrottle, made: list[UUID]) -> None:
        """Do nothing, as if the process had ended."""

    monkeypatch.setattr("app.auth.login_throttle.CHECK_TIME", timedelta(0))
    monkeypatch.setattr(LoginThrottle, "fail", end_first)
    for _ in range(5):
        assert log_in(anonymous, user.email, "wrong password").status_code == 401
    assert "failed" in log_in(anonymous, user.email).json()["detail"]


def test_guesses_at_the_password_of_a_stolen_login_are_slowed(
    client: TestClient, user: User
) -> None:
    wrong = {"current_password": "wrong password", "password": "a better horse"}
    changes = [client.post("/api/v1/auth/password", json=wrong) for _ in range(6)]
    assert [change.status_code for change in changes] == [403] * 5 + [429]
    change = {"email": "new@example.com", "current_password": PASSWORD}
    assert client.patch("/api/v1/users/me", json=change).status_code == 429


@pytest.mark.parametrize(("password", "status"), [(None, 422), ("", 422), ("wrong password", 403)])
def test_login_name_is_not_changed_without_the_password(
    client: TestClient, anonymous: TestClient, user: User, password: str | None, status: int
) -> None:
    change = {"email": "new@example.com", "current_password": password}
    sent = {name: value for name, value in change.items() if value is not None}
    refused = client.patch("/api/v1/users/me", json=sent)
    assert refused.status_code == status
    pointers = [part["pointer"] for part in refused.json().get("errors", [])]
    assert pointers == (["#/current_password"] if status == 422 else [])
    assert log_in(anonymous, user.email).status_code == 200


def test_registrations_from_one_address_are_limited(
    anonymous: TestClient, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settings, "registrations_allowed", 2)

    def register(number: int) -> Any:
        body = {"email": f"{number}@example.com", "password": PASSWORD}
        return anonymous.post("/api/v1/auth/register", json=body)

    assert [register(number).status_code for number in range(3)] == [201, 201, 429]
    assert int(register(4).headers["retry-after"]) > 0


def test_success_forgets_the_failures_of_the_account(anonymous: TestClient, user: User) -> None:
    for _ in range(2):
        for _ in range(4):
            assert log_in(anonymous, user.email, "wrong password").status_code == 401
        assert log_in(anonymous, user.email).status_code == 200


def test_failures_of_an_address_count_over_all_accounts(
    anonymous: TestClient, user: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.auth.login_throttle.ADDRESS_SHARE", 1)
    for number in range(5):
        assert log_in(anonymous, f"{number}@example.com").status_code == 401
    assert log_in(anonymous, user.email).status_code == 429


def test_wait_doubles_with_each_failure_up_to_a_quarter_of_an_hour() -> None:
    refusals = [Others(failed, 0, timedelta(0)).refusal(5) for failed in (4, 5, 6, 7, 30)]
    waits = [refusal and (refusal.headers or {})["Retry-After"] for refusal in refusals]
    assert waits == [None, "2", "4", "8", "900"]
    assert Others(7, 0, timedelta(seconds=9)).refusal(5) is None
    assert Others(7, 1, timedelta(seconds=9)).refusal(5)


def test_addresses_of_one_ipv6_network_count_as_one() -> None:
    assert network("2001:db8::1") == network("2001:db8::ffff:2")
    assert network("2001:db8::1") != network("2001:db8:0:1::1")
    assert network("192.0.2.1") != network("192.0.2.2")


def test_hash_of_another_cost_is_replaced_at_the_login(
    anonymous: TestClient, new_user: NewUser, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = PasswordHash([Argon2Hasher(time_cost=2, memory_cost=32)]).hash(PASSWORD)
    new_user("old@example.com", password_hash=old)
    assert log_in(anonymous, "old@example.com").status_code == 200
    seen = []
    verify = Passwords.verify

    async def seeing(self: Passwords, password: str, known: str) -> tuple[bool, str | None]:
        seen.append(known)
        return await verify(self, password, known)

    monkeypatch.setattr(Passwords, "verify", seeing)
    assert log_in(anonymous, "old@example.com").status_code == 200
    assert "t=1" in seen[0]


@pytest.mark.parametrize(
    ("path", "bodies"),
    [
        (USER, [{"active": False}, {"active": True}]),
        (USER, [{"role": "admin"}, {"role": "user"}]),
        ("/api/v1/auth/password", [NEW_PASSWORD]),
        ("/api/v1/auth/logout-all", [None]),
    ],
)
def test_login_whose_password_is_being_checked_ends_with_the_others(
    anonymous: TestClient, user: User, interrupt: Interrupt, path: str, bodies: list[Any]
) -> None:
    interrupt(path.format(user.id), bodies)
    assert not is_valid(anonymous, log_in(anonymous, user.email))
    password = NEW_PASSWORD["password"] if NEW_PASSWORD in bodies else PASSWORD
    assert is_valid(anonymous, log_in(anonymous, user.email, password))


def test_login_that_renews_a_hash_leaves_a_new_password(
    anonymous: TestClient, new_user: NewUser, login_as: LogIn, interrupt: Interrupt
) -> None:
    old = PasswordHash([Argon2Hasher(time_cost=2, memory_cost=32)]).hash(PASSWORD)
    headers = login_as(new_user("old@example.com", password_hash=old))
    interrupt("/api/v1/auth/password", [NEW_PASSWORD], headers)
    assert log_in(anonymous, "old@example.com").status_code == 409
    assert log_in(anonymous, "old@example.com").status_code == 401
    assert log_in(anonymous, "old@example.com", NEW_PASSWORD["password"]).status_code == 200


@pytest.mark.parametrize(
    "change",
    [
        ("POST", "/api/v1/auth/password", NEW_PASSWORD),
        ("PATCH", ME, {"email": "new@example.com", "current_password": PASSWORD}),
    ],
)
def test_account_is_not_changed_by_a_user_who_is_disabled_meanwhile(
    client: TestClient, user: User, interrupt: Interrupt, change: tuple[str, str, dict[str, str]]
) -> None:
    method, path, body = change
    interrupt(USER.format(user.id), [{"active": False}, {"active": True}])
    assert client.request(method, path, json=body).status_code == 409
    assert is_valid(client, log_in(client, user.email))


@pytest.mark.parametrize("text", ["' OR 1=1 --", '{"$ne": ""}', "a\u0000b", "x" * 100_000])
def test_login_takes_any_text_for_text(anonymous: TestClient, user: User, text: str) -> None:
    for attempt in (log_in(anonymous, text), log_in(anonymous, user.email, text)):
        assert attempt.status_code in {401, 422}
        assert attempt.headers["content-type"] == "application/problem+json"
# {% endcall %}
