import hmac
import json
import time
from base64 import urlsafe_b64encode
from collections.abc import Callable
from typing import Any

import pytest
from fastapi.testclient import TestClient
from joserfc import jws, jwt
from joserfc.jwk import ECKey, Key, RSAKey

from app.auth.models import User
from app.config import Settings
from dev.provider import DevelopmentProvider
from tests.auth.helpers import Serve

ME = "/api/v1/auth/me"
HOUR = 3600
OTHER_KEY = RSAKey.generate_key(2048)

Bearer = Callable[..., dict[str, str]]


@pytest.fixture(scope="session")
def claims(settings: Settings) -> dict[str, Any]:
    """Return the claims of a valid access token."""
    now = int(time.time())
    return {
        "iss": settings.oidc_issuer,
        "aud": settings.oidc_audience,
        "sub": "ada@example.com",
        "iat": now,
        "exp": now + HOUR,
    }


@pytest.fixture(scope="session")
def bearer(provider: DevelopmentProvider) -> Bearer:
    """Return a function that returns headers with a token signed with the provider's key."""

    def signed(claims: dict[str, Any], key: Key | None = None, **header: Any) -> dict[str, str]:
        header = {"alg": "RS256", "typ": "at+jwt", "kid": provider.key.thumbprint(), **header}
        registry = jws.JWSRegistry(algorithms=[header["alg"]], strict_check_header=False)
        payload = json.dumps(claims)
        token = jws.serialize_compact(header, payload, key or provider.key, registry=registry)
        return {"Authorization": f"Bearer {token}"}

    return signed


def base64url(data: bytes) -> str:
    return urlsafe_b64encode(data).decode().rstrip("=")


def assert_refused(
    client: TestClient, headers: dict[str, str], challenge: str = 'Bearer error="invalid_token"'
) -> None:
    response = client.get(ME, headers=headers)
    assert response.status_code == 401
    assert response.headers["content-type"] == "application/problem+json"
    assert response.headers["www-authenticate"] == challenge


def test_token_of_the_provider_is_accepted(
    anonymous: TestClient, claims: dict[str, Any], bearer: Bearer, user: User
) -> None:
    me = anonymous.get(ME, headers=bearer(claims)).json()
    assert me == {"id": str(user.id), "subject": user.subject, "email": None, "role": "user"}


@pytest.mark.parametrize("headers", [{}, {"Authorization": "Basic YTpi"}])
def test_missing_token_is_refused(anonymous: TestClient, headers: dict[str, str]) -> None:
    assert_refused(anonymous, headers, "Bearer")


@pytest.mark.parametrize(
    "token", ["", "x", "a.b.c", "e30.e30.e30", "eyJhbGciOltdfQ.e30.", "\xff", "x" * 5000]
)
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
        pytest.param({"exp": 1}, id="expired"),
        pytest.param({"exp": "never"}, id="malformed expiry"),
        pytest.param({"iat": 2**40}, id="from the future"),
        pytest.param({"nbf": 2**40}, id="not valid yet"),
        pytest.param({"iss": "https://id.example.com"}, id="wrong issuer"),
        pytest.param({"aud": "another"}, id="wrong audience"),
        pytest.param({"aud": ["another", "more"]}, id="wrong audiences"),
        pytest.param({"sub": ""}, id="no subject"),
        pytest.param({"sub": {"$ne": ""}}, id="malformed subject"),
        pytest.param({"sub": "\ud800"}, id="subject with a lone surrogate"),
        pytest.param({"email": "\ud800"}, id="email with a lone surrogate"),
    ],
)
def test_token_with_a_wrong_claim_is_refused(
    anonymous: TestClient, claims: dict[str, Any], bearer: Bearer, changes: dict[str, Any]
) -> None:
    assert_refused(anonymous, bearer(claims | changes))


@pytest.mark.parametrize("value", [None, 5, 1.5, True, "\ud800", [], [5], [[]], ["\ud800"], {}])
@pytest.mark.parametrize("part", ["email", "roles", "scope", "scp", "typ", "nonce", "jti", "aud"])
def test_claims_of_a_wrong_type_are_refused_or_ignored(
    anonymous: TestClient, claims: dict[str, Any], bearer: Bearer, part: str, value: Any
) -> None:
    response = anonymous.get(ME, headers=bearer(claims | {part: value}))
    assert response.status_code in {200, 401}
    if response.status_code == 200:
        assert response.json()["role"] == "user"


@pytest.mark.parametrize("value", [None, 5, True, "\ud800", [], [5], [[]], {}])
@pytest.mark.parametrize("name", ["typ", "kid", "crit", "alg", "jwk", "b64", "cty"])
def test_header_of_a_wrong_type_needs_no_signature_to_be_refused(
    anonymous: TestClient, claims: dict[str, Any], name: str, value: Any
) -> None:
    header = {"alg": "RS256", "typ": "at+jwt", name: value}
    said = ".".join(base64url(json.dumps(part).encode()) for part in (header, claims))
    assert_refused(anonymous, {"Authorization": f"Bearer {said}.c2lnbmF0dXJl"})


def test_deeply_nested_claims_are_refused(
    anonymous: TestClient, claims: dict[str, Any], provider: DevelopmentProvider
) -> None:
    payload = json.dumps(claims)[:-1] + ', "x": ' + "[" * 1500 + "]" * 1500 + "}"
    header = {"alg": "RS256", "typ": "at+jwt", "kid": provider.key.thumbprint()}
    token = jws.serialize_compact(header, payload, provider.key)
    assert_refused(anonymous, {"Authorization": f"Bearer {token}"})


@pytest.fixture
def shared(serve: Serve, settings: Settings) -> TestClient:
    """Return a client of a service whose audience is the id of its client."""
    return serve(settings.model_copy(update={"oidc_client_id": settings.oidc_audience}))


@pytest.fixture
def headers(
    request: pytest.FixtureRequest, claims: dict[str, Any], bearer: Bearer
) -> dict[str, str]:
    said, type_ = request.param
    return bearer(claims | said, typ=type_)


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        (({}, "at+jwt"), 200),
        (({"scp": "items:read"}, "JWT"), 200),
        (({"scope": "openid"}, "JWT"), 200),
        (({"typ": "Bearer"}, "JWT"), 200),
        (({}, "JWT"), 401),
        (({"scope": "openid", "nonce": "x"}, "JWT"), 401),
    ],
    indirect=["headers"],
)
def test_access_token_is_marked_as_one_if_id_tokens_have_its_audience(
    shared: TestClient, headers: dict[str, str], status: int
) -> None:
    assert shared.get(ME, headers=headers).status_code == status


@pytest.mark.parametrize("missing", ["iss", "aud", "sub", "iat", "exp"])
def test_token_without_a_claim_is_refused(
    anonymous: TestClient, claims: dict[str, Any], bearer: Bearer, missing: str
) -> None:
    assert_refused(anonymous, bearer({k: v for k, v in claims.items() if k != missing}))


def test_clock_may_be_a_little_wrong(
    anonymous: TestClient, claims: dict[str, Any], bearer: Bearer
) -> None:
    ended = claims | {"exp": int(time.time()) - 10}
    assert anonymous.get(ME, headers=bearer(ended)).status_code == 200
    assert_refused(anonymous, bearer(claims | {"exp": int(time.time()) - 40}))


@pytest.mark.parametrize(
    ("type_", "marks"),
    [
        ("JWT", {"nonce": "x"}),
        ("JWT", {"at_hash": "x"}),
        ("JWT", {"typ": "ID"}),
        ("JWT", {"typ": "Refresh"}),
        ("logout+jwt", {}),
        ("dpop+jwt", {}),
    ],
)
def test_token_of_another_type(
    anonymous: TestClient,
    claims: dict[str, Any],
    bearer: Bearer,
    type_: str,
    marks: dict[str, str],
) -> None:
    assert_refused(anonymous, bearer(claims | marks, typ=type_))


@pytest.mark.parametrize("type_", ["at+jwt", "application/at+jwt", "AT+JWT", "JWT"])
def test_type_of_access_tokens_is_written_in_several_ways(
    anonymous: TestClient, claims: dict[str, Any], bearer: Bearer, type_: str
) -> None:
    assert anonymous.get(ME, headers=bearer(claims, typ=type_)).status_code == 200


def test_token_without_a_signature(
    anonymous: TestClient, claims: dict[str, Any], bearer: Bearer
) -> None:
    head, body, _ = bearer(claims)["Authorization"].split(".")
    none = base64url(b'{"alg": "none", "typ": "at+jwt"}')
    for start in (head, f"Bearer {none}"):
        assert_refused(anonymous, {"Authorization": f"{start}.{body}."})


def test_token_signed_by_the_public_key_as_if_it_were_a_secret(
    anonymous: TestClient, claims: dict[str, Any], bearer: Bearer, provider: DevelopmentProvider
) -> None:
    secret = provider.key.as_pem(private=False)
    header = {"alg": "HS256", "typ": "at+jwt", "kid": provider.key.thumbprint()}
    said = ".".join(base64url(json.dumps(part).encode()) for part in (header, claims))
    signature = base64url(hmac.digest(secret, said.encode(), "sha256"))
    assert_refused(anonymous, {"Authorization": f"Bearer {said}.{signature}"})


@pytest.mark.parametrize("algorithm", ["RS512", "ES384"])
def test_token_signed_by_an_algorithm_that_is_not_allowed(
    anonymous: TestClient, claims: dict[str, Any], bearer: Bearer, algorithm: str
) -> None:
    key = ECKey.generate_key("P-384") if algorithm == "ES384" else None
    assert_refused(anonymous, bearer(claims, key, alg=algorithm))


def test_token_signed_by_another_key_under_the_id_of_the_provider_s(
    anonymous: TestClient, claims: dict[str, Any], bearer: Bearer
) -> None:
    assert_refused(anonymous, bearer(claims | {"roles": ["admin"]}, OTHER_KEY))


def test_token_that_brings_its_own_key(
    anonymous: TestClient, claims: dict[str, Any], bearer: Bearer
) -> None:
    own = {"jwk": OTHER_KEY.as_dict(private=False), "kid": OTHER_KEY.thumbprint()}
    headers = bearer(claims, OTHER_KEY, **own, jku="http://127.0.0.1:1/keys")
    assert_refused(anonymous, headers)


def test_changed_token_is_refused(
    anonymous: TestClient, claims: dict[str, Any], bearer: Bearer
) -> None:
    head, body, signature = bearer(claims)["Authorization"].split(".")
    swapped = "A" if body[10] != "A" else "B"
    changed = f"{head}.{body[:10]}{swapped}{body[11:]}.{signature}"
    assert_refused(anonymous, {"Authorization": changed})


def test_key_may_go_unnamed_where_there_is_but_one(
    anonymous: TestClient, claims: dict[str, Any], provider: DevelopmentProvider
) -> None:
    token = jwt.encode({"alg": "RS256"}, claims, provider.key)
    assert anonymous.get(ME, headers={"Authorization": f"bearer {token}"}).status_code == 200


def test_machine_calls_for_itself(
    anonymous: TestClient, claims: dict[str, Any], bearer: Bearer
) -> None:
    headers = bearer(claims | {"sub": "a-machine", "client_id": "a-machine"})
    machine = anonymous.get(ME, headers=headers)
    assert machine.status_code == 200
    person = anonymous.get(ME, headers=bearer(claims))
    assert machine.json()["id"] != person.json()["id"]
