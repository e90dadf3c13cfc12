"""Login and calls with a provider that takes nothing which the standards do not allow."""

import json
import urllib.error
import urllib.request
from base64 import b64encode
from http.client import HTTPResponse
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import Any, Protocol
from urllib.parse import urlencode, urlsplit

import pytest

from tests.e2e.oidc.conftest import AUDIENCE, Certified

pytestmark = pytest.mark.combinations


class Open(Protocol):
    def __call__(self, url: str, form: dict[str, str] | None = None) -> HTTPResponse: ...


def browser() -> Open:
    """Return what opens addresses as a browser does: it follows redirects, and keeps cookies."""
    jar = CookieJar(DefaultCookiePolicy(secure_protocols=("http", "https")))
    opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(jar))

    def opened(url: str, form: dict[str, str] | None = None) -> HTTPResponse:
        response: HTTPResponse = opener.open(url, urlencode(form).encode() if form else None, timeout=10)
        return response

    return opened


def log_in(service: str, name: str, open_: Open | None = None) -> dict[str, Any]:
    """Log in through the pages of the provider, and return the tokens."""
    open_ = open_ or browser()
    page = open_(f"{service}/api/v1/auth/login?next=/docs")
    page = open_(page.url, {"prompt": "login", "login": name, "password": "any"})
    answer = open_(page.url, {"prompt": "consent"})
    assert urlsplit(answer.url).path == "/api/v1/auth/callback"
    assert answer.headers["Cache-Control"] == "no-store"
    tokens: dict[str, Any] = json.load(answer)
    return tokens


def call(url: str, token: str, body: object = None, method: str | None = None) -> tuple[int, Any]:
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, data, headers, method=method)  # noqa: S310 (on loopback)
    try:
        with urllib.request.urlopen(request, timeout=10) as response:  # noqa: S310
            return response.status, json.load(response)
    except urllib.error.HTTPError as error:
        return error.code, json.load(error)


@pytest.fixture(scope="module")
def tokens(certified: Certified) -> dict[str, Any]:
    return log_in(certified.service, "ada")


def test_login_gives_tokens_that_the_service_accepts(certified: Certified, tokens: dict[str, Any]) -> None:
    assert tokens["next"] == "/docs"
    status, me = call(f"{certified.service}/api/v1/auth/me", tokens["access_token"])
    assert (status, me["subject"], me["role"]) == (200, "ada", "user")
    assert call(f"{certified.service}/api/v1/auth/me", tokens["id_token"])[0] == 401


def test_item_belongs_to_whom_the_provider_names(certified: Certified, tokens: dict[str, Any]) -> None:
    items = f"{certified.service}/api/v1/items"
    status, item = call(items, tokens["access_token"], {"name": "Chair", "price": 1})
    assert status == 201
    assert call(f"{items}/{item['id']}", log_in(certified.service, "eve")["access_token"])[0] == 404
    assert call(f"{items}/{item['id']}", log_in(certified.service, "root")["access_token"])[0] == 200


def test_tokens_are_refreshed_and_revoked(certified: Certified) -> None:
    auth = f"{certified.service}/api/v1/auth"
    open_ = browser()
    tokens = log_in(certified.service, "ada", open_)
    form = {"grant_type": "refresh_token", "refresh_token": tokens["refresh_token"]}
    with pytest.raises(urllib.error.HTTPError, match="400"):
        browser()(f"{auth}/token", form)
    again = json.load(open_(f"{auth}/token", form))
    assert call(f"{auth}/me", again["access_token"])[0] == 200
    body = {"refresh_token": again["refresh_token"], "id_token": again["id_token"]}
    status, end = call(f"{auth}/logout", "", body)
    assert status == 200
    assert browser()(end["end_session_url"]).status == 200
    with pytest.raises(urllib.error.HTTPError, match="400"):
        open_(f"{auth}/token", form | {"refresh_token": again["refresh_token"]})


def machine_token(issuer: str, scope: str) -> str:
    """Return a token by client credentials: there is no user, and the subject is the client."""
    form = {"grant_type": "client_credentials", "scope": scope, "resource": AUDIENCE}
    secret = b64encode(b"machine:" + b"a+secret+of+the+machine").decode()
    request = urllib.request.Request(  # noqa: S310 (on loopback)
        f"{issuer}/token", urlencode(form).encode(), {"Authorization": f"Basic {secret}"}
    )
    with urllib.request.urlopen(request, timeout=10) as response:  # noqa: S310
        token: str = json.load(response)["access_token"]
        return token


def test_machine_calls_by_client_credentials(certified: Certified) -> None:
    token = machine_token(certified.issuer, "items:read items:write")
    status, me = call(f"{certified.service}/api/v1/auth/me", token)
    assert (status, me["subject"], me["role"]) == (200, "machine", "user")
    items = f"{certified.service}/api/v1/items"
    assert call(items, token, {"name": "Chair", "price": 1})[0] == 201
    narrow = machine_token(certified.issuer, "items:read")
    assert call(items, narrow)[0] == 200
    assert call(items, narrow, {"name": "Chair", "price": 1})[0] == 403
