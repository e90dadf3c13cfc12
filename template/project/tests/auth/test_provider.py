"""The provider changes its keys, fails and recovers."""

import json
from collections.abc import Iterator
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from fastapi.testclient import TestClient
from joserfc import jwt
from joserfc.jwk import KeySet, RSAKey
from pydantic import SecretStr

from app.auth.provider import Provider
from app.config import Settings
from tests.auth.helpers import Serve

AUTH = "/api/v1/auth"
ME = f"{AUTH}/me"
PROBLEM = "application/problem+json"
FIRST = RSAKey.generate_key(2048)
SECOND = RSAKey.generate_key(2048)


class Publisher:
    """A provider that publishes what the test sets, and counts requests."""

    def __init__(self) -> None:
        self.asked = 0
        self.away = False
        self.headers: dict[str, str] = {}
        self.padding = b""
        self.keys = [FIRST]
        self.changes: dict[str, Any] = {}
        self.malformed: dict[str, bytes] = {}
        self.forms: list[dict[str, list[str]]] = []
        self.tokens: dict[str, Any] | bytes = b"{}"
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), self.handler())
        self.issuer = f"http://127.0.0.1:{self.server.server_port}"

    def handler(self) -> type[BaseHTTPRequestHandler]:
        publisher = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                publisher.asked += 1
                self.answer(publisher.answer(self.path))

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                publisher.forms.append(parse_qs(body.decode()))
                self.answer(publisher.tokens)

            def answer(self, body: Any) -> None:
                self.send_response(503 if publisher.away else 200)
                for name, value in publisher.headers.items():
                    self.send_header(name, value)
                self.end_headers()
                text = body if isinstance(body, bytes) else json.dumps(body).encode()
                with suppress(ConnectionError):
                    self.wfile.write(text + publisher.padding)

            def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
                """Log nothing."""

        return Handler

    def answer(self, path: str) -> Any:
        if path in self.malformed:
            return self.malformed[path]
        if path.endswith("/keys"):
            return KeySet(list(self.keys)).as_dict()
        endpoints = {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}/token",
            "jwks_uri": f"{self.issuer}/keys",
        }
        return endpoints | self.changes

    def sign(self, key: RSAKey, audience: str, type_: str, **claims: Any) -> str:
        header = {"alg": "RS256", "typ": type_, "kid": key.thumbprint()}
        said = {"iss": self.issuer, "aud": audience, "sub": "ada", "iat": 1, "exp": 2**40}
        return jwt.encode(header, said | claims, key)

    def token(self, settings: Settings, key: RSAKey) -> dict[str, str]:
        token = self.sign(key, settings.oidc_audience, "at+jwt")
        return {"Authorization": f"Bearer {token}"}


@pytest.fixture
def publisher() -> Iterator[Publisher]:
    publisher = Publisher()
    thread = Thread(target=publisher.server.serve_forever, args=(0.01,))
    thread.start()
    yield publisher
    publisher.server.shutdown()
    thread.join()
    publisher.server.server_close()


@pytest.fixture
def settings_of(settings: Settings, publisher: Publisher) -> Settings:
    """Return the settings of a service that may ask the publisher at any time."""
    changes = {"oidc_issuer": publisher.issuer, "oidc_refresh_interval": 0}
    return settings.model_copy(update=changes)


def test_keys_are_fetched_once(settings_of: Settings, publisher: Publisher, serve: Serve) -> None:
    client = serve(settings_of)
    for _ in range(3):
        headers = publisher.token(settings_of, FIRST)
        assert client.get(ME, headers=headers).status_code == 200
    assert publisher.asked == 2


def test_new_key_is_found(settings_of: Settings, publisher: Publisher, serve: Serve) -> None:
    client = serve(settings_of)
    assert client.get(ME, headers=publisher.token(settings_of, FIRST)).status_code == 200
    publisher.keys = [SECOND]
    assert client.get(ME, headers=publisher.token(settings_of, SECOND)).status_code == 200
    assert client.get(ME, headers=publisher.token(settings_of, FIRST)).status_code == 401


def test_unknown_keys_do_not_make_the_service_ask_without_end(
    settings_of: Settings, publisher: Publisher, serve: Serve
) -> None:
    limited = settings_of.model_copy(update={"oidc_refresh_interval": 60})
    client = serve(limited)
    for _ in range(5):
        assert client.get(ME, headers=publisher.token(limited, SECOND)).status_code == 401
    assert publisher.asked == 2


def test_old_keys_are_fetched_again(
    settings_of: Settings, publisher: Publisher, serve: Serve
) -> None:
    short = settings_of.model_copy(update={"oidc_keys_lifetime": 0})
    client = serve(short)
    assert client.get(ME, headers=publisher.token(short, FIRST)).status_code == 200
    publisher.keys = [SECOND]
    assert client.get(ME, headers=publisher.token(short, FIRST)).status_code == 401


@pytest.mark.parametrize("lifetime", [0, 60])
def test_known_keys_serve_on_while_the_provider_is_away(
    settings_of: Settings, publisher: Publisher, serve: Serve, lifetime: int
) -> None:
    settings = settings_of.model_copy(update={"oidc_keys_lifetime": lifetime})
    client = serve(settings)
    assert client.get(ME, headers=publisher.token(settings, FIRST)).status_code == 200
    publisher.away = True
    assert client.get(ME, headers=publisher.token(settings, FIRST)).status_code == 200
    assert client.get(ME, headers=publisher.token(settings, SECOND)).status_code == 401
    assert client.get("/health/ready").status_code == 200


def test_provider_that_is_away_from_the_start_is_waited_for(
    settings_of: Settings, publisher: Publisher, serve: Serve
) -> None:
    publisher.away = True
    client = serve(settings_of)
    headers = publisher.token(settings_of, FIRST)
    response = client.get(ME, headers=headers)
    assert (response.status_code, response.headers["content-type"]) == (
        503,
        "application/problem+json",
    )
    assert response.headers["retry-after"] == "1"
    assert client.get("/api/v1/auth/login").status_code == 503
    assert "provider" in client.get("/health/ready").json()["detail"]
    publisher.away = False
    assert client.get(ME, headers=headers).status_code == 200
    assert "provider" in client.get("/health/ready").json()["checked"]


@pytest.mark.parametrize(
    "changes",
    [
        {"issuer": "https://id.example.com"},
        {"jwks_uri": None},
        {"jwks_uri": "http://127.0.0.1:1"},
        {"token_endpoint": "file:///etc/passwd"},
        {"authorization_endpoint": "https://id.example.com/\u00e9"},
        {"end_session_endpoint": "javascript:alert(1)"},
        {"revocation_endpoint": ["https://id.example.com"]},
    ],
)
def test_document_that_cannot_be_right_is_as_good_as_none(
    settings_of: Settings, publisher: Publisher, serve: Serve, changes: dict[str, Any]
) -> None:
    publisher.changes = changes
    client = serve(settings_of)
    assert client.get(ME, headers=publisher.token(settings_of, FIRST)).status_code == 503


def test_service_is_ready_when_it_knows_the_keys(anonymous: TestClient) -> None:
    assert "provider" in anonymous.get("/health/ready").json()["checked"]


async def ask_twice(settings: Settings) -> Provider:
    provider = Provider(settings)
    known = await provider.published()
    await provider.newer_than(known)
    await provider.newer_than(known)
    return provider


def test_one_answer_serves_all_that_wait_for_it(
    settings_of: Settings, publisher: Publisher, serve: Serve
) -> None:
    client = serve(settings_of)
    assert client.portal is not None
    client.portal.call(ask_twice, settings_of)
    assert publisher.asked == 4


def begin(client: TestClient) -> dict[str, str]:
    location = client.get(f"{AUTH}/login").headers["location"]
    return {name: value for name, [value] in parse_qs(urlsplit(location).query).items()}


def log_in(client: TestClient, settings: Settings, publisher: Publisher) -> str:
    """Log in, and return the refresh token."""
    asked = begin(client)
    id_token = publisher.sign(FIRST, settings.oidc_client_id, "JWT", nonce=asked["nonce"])
    granted = {"access_token": "a", "token_type": "Bearer", "refresh_token": "r"}
    publisher.tokens = granted | {"id_token": id_token}
    answer = client.get(f"{AUTH}/callback", params={"state": asked["state"], "code": "c"})
    token: str = answer.json()["refresh_token"]
    return token


def test_id_token_may_be_signed_by_a_new_key(
    settings_of: Settings, publisher: Publisher, serve: Serve
) -> None:
    client = serve(settings_of)
    asked = begin(client)
    publisher.keys = [SECOND]
    id_token = publisher.sign(SECOND, settings_of.oidc_client_id, "JWT", nonce=asked["nonce"])
    publisher.tokens = {"access_token": "a", "token_type": "Bearer", "id_token": id_token}
    answer = {"state": asked["state"], "code": "c"}
    response = client.get(f"{AUTH}/callback", params=answer)
    assert (response.status_code, response.json()["id_token"]) == (200, id_token)
    assert publisher.forms[-1]["code"] == ["c"]


def test_provider_that_says_who_it_is_must_do_so_each_time(
    settings_of: Settings, publisher: Publisher, serve: Serve
) -> None:
    publisher.changes = {"authorization_response_iss_parameter_supported": True}
    client = serve(settings_of)
    answer = {"state": begin(client)["state"], "code": "c"}
    assert client.get(f"{AUTH}/callback", params=answer).status_code == 400
    assert publisher.forms == []


def test_secret_goes_into_the_form_where_the_provider_wants_it(
    settings_of: Settings, publisher: Publisher, serve: Serve
) -> None:
    publisher.changes = {"token_endpoint_auth_methods_supported": ["client_secret_post"]}
    secret = settings_of.model_copy(update={"oidc_client_secret": SecretStr("the secret")})
    client = serve(secret)
    form = {"grant_type": "refresh_token", "refresh_token": log_in(client, secret, publisher)}
    assert client.post(f"{AUTH}/token", data=form).json()["access_token"] == "a"
    assert publisher.forms[-1]["client_secret"] == ["the secret"]
    assert publisher.forms[-1]["refresh_token"] == ["r"]


def test_logout_revokes_the_refresh_token(
    settings_of: Settings, publisher: Publisher, serve: Serve
) -> None:
    publisher.changes = {"revocation_endpoint": f"{publisher.issuer}/revoke"}
    client = serve(settings_of)
    token = log_in(client, settings_of, publisher)
    response = client.post(f"{AUTH}/logout", json={"refresh_token": token})
    assert response.json() == {"end_session_url": None}
    assert publisher.forms[-1]["token"] == ["r"]


@pytest.mark.parametrize("path", ["token", "logout"])
def test_provider_that_goes_away_between_is_not_taken_to_refuse(
    settings_of: Settings, publisher: Publisher, serve: Serve, path: str
) -> None:
    publisher.changes = {"revocation_endpoint": f"{publisher.issuer}/revoke"}
    client = serve(settings_of)
    token = log_in(client, settings_of, publisher)
    publisher.away = True
    if path == "token":
        form = {"grant_type": "refresh_token", "refresh_token": token}
        response = client.post(f"{AUTH}/token", data=form)
    else:
        response = client.post(f"{AUTH}/logout", json={"refresh_token": token})
    assert (response.status_code, response.headers["content-type"]) == (
        503,
        "application/problem+json",
    )


NESTED = b"[" * 100_000 + b"]" * 100_000


@pytest.mark.parametrize(
    "answer",
    [
        NESTED,
        b'{"access_token": ' + NESTED + b"}",
        b"\xff",
        b"",
        b"[]",
        b"null",
        b"{}",
        b'{"access_token": 5, "token_type": "Bearer"}',
        b'{"access_token": "\\ud800", "token_type": "Bearer"}',
        b'{"access_token": "a", "token_type": "Bearer", "expires_in": "soon"}',
        b'{"access_token": "a", "token_type": "Bearer", "expires_in": {}}',
        b'{"access_token": "a", "token_type": "Bearer", "expires_at": []}',
    ],
    ids=lambda answer: answer[:40],
)
def test_answer_that_is_no_token_set_is_a_fault_of_the_provider(
    settings_of: Settings, publisher: Publisher, serve: Serve, answer: bytes
) -> None:
    client = serve(settings_of)
    form = {"grant_type": "refresh_token", "refresh_token": log_in(client, settings_of, publisher)}
    publisher.tokens = answer
    response = client.post(f"{AUTH}/token", data=form)
    assert (response.status_code, response.headers["content-type"]) == (502, PROBLEM)


@pytest.mark.parametrize("error", ["\ud800", 5, {}, ["x"], "<script>", "x" * 1000])
def test_error_of_the_provider_is_named_only_if_it_is_a_code(
    settings_of: Settings, publisher: Publisher, serve: Serve, error: Any
) -> None:
    client = serve(settings_of)
    form = {"grant_type": "refresh_token", "refresh_token": log_in(client, settings_of, publisher)}
    publisher.tokens = {"error": error, "error_description": ["\ud800"]}
    response = client.post(f"{AUTH}/token", data=form)
    assert (response.status_code, response.headers["content-type"]) == (400, PROBLEM)
    assert response.json()["detail"] == "The provider refused the request."


@pytest.mark.parametrize("document", [NESTED, b"[]", b"\xff", b'{"keys": [{"kty": 5}]}'])
@pytest.mark.parametrize("path", ["/.well-known/openid-configuration", "/keys"])
def test_document_or_keys_that_are_malformed_are_as_good_as_none(
    settings_of: Settings, publisher: Publisher, serve: Serve, path: str, document: bytes
) -> None:
    publisher.malformed[path] = document
    response = serve(settings_of).get(ME, headers=publisher.token(settings_of, FIRST))
    assert (response.status_code, response.headers["content-type"]) == (503, PROBLEM)


@pytest.fixture
def too_much(publisher: Publisher, request: pytest.FixtureRequest) -> None:
    """Let the provider send more than it should."""
    if request.param == "large":
        publisher.padding = b" " * 1_000_000
    else:
        publisher.headers = {"Content-Encoding": "gzip"}


TOO_MUCH = pytest.mark.parametrize("too_much", ["large", "compressed"], indirect=True)


@TOO_MUCH
@pytest.mark.usefixtures("too_much")
def test_document_that_could_fill_the_memory_is_as_good_as_none(
    settings_of: Settings, publisher: Publisher, serve: Serve
) -> None:
    response = serve(settings_of).get(ME, headers=publisher.token(settings_of, FIRST))
    assert (response.status_code, response.headers["content-type"]) == (503, PROBLEM)
    publisher.headers.clear()
    publisher.padding = b" " * 900_000
    response = serve(settings_of).get(ME, headers=publisher.token(settings_of, FIRST))
    assert response.status_code == 200


def test_token_set_that_could_fill_the_memory_is_a_fault_of_the_provider(
    settings_of: Settings, publisher: Publisher, serve: Serve
) -> None:
    client = serve(settings_of)
    form = {"grant_type": "refresh_token", "refresh_token": log_in(client, settings_of, publisher)}
    publisher.padding = b" " * 1_000_000
    response = client.post(f"{AUTH}/token", data=form)
    assert (response.status_code, response.headers["content-type"]) == (502, PROBLEM)


@pytest.mark.parametrize(
    "claims",
    [{"at_hash": ["x"]}, {"at_hash": {"a": 1}}, {"nonce": []}, {"aud": {}}, {"azp": 5}],
)
def test_malformed_id_token_is_refused(
    settings_of: Settings, publisher: Publisher, serve: Serve, claims: dict[str, Any]
) -> None:
    client = serve(settings_of)
    asked = begin(client)
    said = {"nonce": asked["nonce"]} | claims
    id_token = publisher.sign(FIRST, settings_of.oidc_client_id, "JWT", **said)
    publisher.tokens = {"access_token": "a", "token_type": "Bearer", "id_token": id_token}
    response = client.get(f"{AUTH}/callback", params={"state": asked["state"], "code": "c"})
    assert (response.status_code, response.headers["content-type"]) == (401, PROBLEM)


def test_provider_is_reached_at_its_internal_address(
    settings_of: Settings, publisher: Publisher, serve: Serve
) -> None:
    """The issuer that browsers know does not resolve here."""
    internal, publisher.issuer = publisher.issuer, "https://id.example.com/realms/shop"
    publisher.changes = {"revocation_endpoint": f"{publisher.issuer}/revoke"}
    changes = {"oidc_issuer": publisher.issuer, "oidc_internal_origin": internal}
    settings = settings_of.model_copy(update=changes)
    client = serve(settings)
    assert client.get(ME, headers=publisher.token(settings, FIRST)).status_code == 200
    location = client.get(f"{AUTH}/login").headers["location"]
    assert location.startswith(f"{publisher.issuer}/authorize?")
    token = log_in(client, settings, publisher)
    response = client.post(f"{AUTH}/logout", json={"refresh_token": token})
    assert (response.status_code, publisher.forms[-1]["token"]) == (200, ["r"])
