from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx2
import pytest
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from fastapi.testclient import TestClient
from joserfc import jwt
from pydantic import SecretStr

from app.auth import browser as browsers
from app.auth import login_state
from app.auth.login_state import COOKIE, LoginState
from app.auth.schemas import AuthorizationRequest
from app.auth.scopes import SCOPES
from app.config import Settings
from dev.provider import DevelopmentProvider
from tests.auth.helpers import Serve

AUTH = "/api/v1/auth"
TLS = httpx2.create_ssl_context()
PROBLEM = "application/problem+json"
VERIFIER = "a-verifier-that-only-the-page-knows-until-it-redeems"


@pytest.fixture
def browser(serve: Serve, settings: Settings) -> TestClient:
    """Return a client that keeps cookies and does not follow redirects."""
    return serve(settings)


def query(url: str) -> dict[str, str]:
    return {name: value for name, [value] in parse_qs(urlsplit(url).query).items()}


def log_in_there(url: str, **form: str) -> str:
    """Log in at the provider, and return where it redirects the browser."""
    assert httpx2.get(url, verify=TLS).status_code == 200
    response = httpx2.post(url, data=form or {"sub": "ada"}, verify=TLS)
    assert response.status_code == 302, response.text
    return response.headers["location"]


def back(browser: TestClient, location: str, **changes: str | None) -> httpx2.Response:
    """Follow the provider's redirect, with an attacker's changes."""
    answer = {name: value for name, value in (query(location) | changes).items() if value}
    return browser.get(urlsplit(location).path, params=answer)


def begin(browser: TestClient, **params: str) -> str:
    response = browser.get(f"{AUTH}/login", params=params)
    assert response.status_code == 303, response.text
    return response.headers["location"]


def assert_refused(response: httpx2.Response, status: int, detail: str) -> None:
    assert response.status_code == status
    assert response.headers["content-type"] == "application/problem+json"
    assert detail in response.json()["detail"]
    assert ("www-authenticate" in response.headers) == (status == 401)


def test_login_gives_tokens_that_the_service_accepts(browser: TestClient) -> None:
    response = back(browser, log_in_there(begin(browser, next="/static/?a=b#c")))
    assert response.status_code == 200, response.text
    assert response.headers["cache-control"] == "no-store"
    tokens = response.json()
    assert tokens["next"] == "/static/?a=b#c"
    assert tokens["token_type"] == "Bearer"
    headers = {"Authorization": f"Bearer {tokens['access_token']}"}
    me = browser.get(f"{AUTH}/me", headers=headers).json()
    assert (me["subject"], me["email"], me["role"]) == ("ada", "ada@example.com", "user")


def test_admin_of_the_provider_is_one_here(browser: TestClient) -> None:
    tokens = back(browser, log_in_there(begin(browser), sub="root")).json()
    headers = {"Authorization": f"Bearer {tokens['access_token']}"}
    assert browser.get(f"{AUTH}/me", headers=headers).json()["role"] == "admin"


def test_id_token_is_no_access_token(browser: TestClient) -> None:
    tokens = back(browser, log_in_there(begin(browser))).json()
    response = browser.get(f"{AUTH}/me", headers={"Authorization": f"Bearer {tokens['id_token']}"})
    assert_refused(response, 401, "not valid")


def test_login_asks_with_state_nonce_and_challenge(
    browser: TestClient, settings: Settings, provider: DevelopmentProvider
) -> None:
    first, second = begin(browser), begin(browser)
    asked, again = query(first), query(second)
    assert asked["response_type"] == "code"
    assert asked["client_id"] == settings.oidc_client_id
    assert asked["redirect_uri"] == settings.oidc_redirect_uri
    assert asked["scope"] == "openid email profile"
    assert asked["code_challenge_method"] == "S256"
    for secret in ("state", "nonce", "code_challenge"):
        assert asked[secret] != again[secret]
    back(browser, log_in_there(second))
    sent = next(form for form in reversed(provider.requests) if "code_verifier" in form)
    assert create_s256_code_challenge(sent["code_verifier"]) == again["code_challenge"]
    assert sent["redirect_uri"] == settings.oidc_redirect_uri


def test_state_is_in_a_cookie_that_nobody_else_reads_or_sets(browser: TestClient) -> None:
    response = browser.get(f"{AUTH}/login")
    cookie = response.headers["set-cookie"]
    assert cookie.startswith("__Host-login=")
    for attribute in ("HttpOnly", "Secure", "SameSite=lax", "Path=/", "Max-Age=600"):
        assert attribute in cookie
    assert "Domain" not in cookie
    assert query(response.headers["location"])["state"] not in cookie
    assert browser.get(f"{AUTH}/login").headers["set-cookie"] != cookie


def test_secret_of_the_client_and_its_audience_are_sent_where_there_are_such(
    serve: Serve, provider: DevelopmentProvider, settings: Settings
) -> None:
    changes = {"oidc_client_secret": SecretStr("secret"), "oidc_audience_parameter": "resource"}
    browser = serve(settings.model_copy(update=changes))
    location = begin(browser)
    assert query(location)["resource"] == settings.oidc_audience
    assert back(browser, log_in_there(location)).status_code == 200
    sent = next(form for form in reversed(provider.requests) if "code_verifier" in form)
    assert sent["resource"] == settings.oidc_audience
    assert "client_secret" not in sent


@pytest.mark.parametrize(
    "path",
    [
        "https://evil.example",
        "//evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "javascript:alert(1)",
        "/\t/evil.example",
        "/a\r\nSet-Cookie: a=b",
        " /a",
        "evil",
        "",
        "/é",
        "/" + "a" * 1000,
    ],
)
def test_login_leads_to_no_other_site(browser: TestClient, path: str) -> None:
    response = browser.get(f"{AUTH}/login", params={"next": path})
    assert response.status_code == 422
    assert "set-cookie" not in response.headers


@pytest.mark.parametrize("state", ["x", "a" * 64])
def test_state_of_another_login_is_refused(browser: TestClient, state: str) -> None:
    location = log_in_there(begin(browser))
    assert_refused(back(browser, location, state=state), 400, "Try again")
    assert back(browser, location, state=None).status_code == 422


def test_answer_in_another_browser_is_refused(
    browser: TestClient, serve: Serve, settings: Settings
) -> None:
    location = log_in_there(begin(browser))
    assert_refused(back(serve(settings), location), 400, "Try again")


def test_answer_that_comes_too_late_is_refused(
    browser: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(login_state, "SECONDS", -1)
    response = browser.get(f"{AUTH}/login")
    _, cookie, *_ = response.headers["set-cookie"].replace(";", "=").split("=")
    location = log_in_there(response.headers["location"])
    browser.cookies.set(COOKIE, cookie)
    assert_refused(back(browser, location), 400, "Try again")


@pytest.mark.parametrize("sealed", [False, True])
def test_forged_cookie_is_refused(browser: TestClient, settings: Settings, *, sealed: bool) -> None:
    location = log_in_there(begin(browser))
    browser.cookies.clear()
    login = LoginState(state=query(location)["state"], next="//evil.example").model_dump()
    other = login_state.key(settings.model_copy(update={"oidc_login_key": SecretStr("another")}))
    header = {"alg": "dir", "enc": "A256GCM"} if sealed else {"alg": "HS256"}
    forged = jwt.encode(header, login, other, registry=login_state.REGISTRY if sealed else None)
    browser.cookies.set(COOKIE, forged)
    assert_refused(back(browser, location), 400, "Try again")


def test_code_serves_once(browser: TestClient) -> None:
    location = begin(browser)
    cookie = browser.cookies[COOKIE]
    answer = log_in_there(location)
    assert back(browser, answer).status_code == 200
    assert COOKIE not in browser.cookies
    assert_refused(back(browser, answer), 400, "Try again")
    browser.cookies.set(COOKIE, cookie)
    assert_refused(back(browser, answer), 401, "invalid_grant")


def test_id_token_with_another_nonce_is_refused(browser: TestClient) -> None:
    """An attacker puts a stolen code into their own login."""
    location = begin(browser)
    stolen = location.replace(query(location)["nonce"], "another")
    assert_refused(back(browser, log_in_there(stolen)), 401, "ID token is invalid")


def test_missing_id_token_is_refused(browser: TestClient) -> None:
    location = begin(browser).replace("openid+", "").replace("openid%20", "")
    assert_refused(back(browser, log_in_there(location)), 401, "ID token is invalid")


def test_answer_of_another_provider_is_refused(browser: TestClient, settings: Settings) -> None:
    location = log_in_there(begin(browser))
    assert_refused(back(browser, location, iss="https://id.example.com"), 400, "another provider")
    assert back(browser, location, iss=settings.oidc_issuer).status_code == 200


def test_user_who_denies_is_not_logged_in(browser: TestClient) -> None:
    location = log_in_there(begin(browser), action="deny")
    state = query(begin(browser))["state"]
    assert_refused(back(browser, location, state=state), 401, "access_denied")
    assert_refused(back(browser, location, state=state, error=None), 401, "gives no reason")
    response = back(browser, location, state=state, error="<script>")
    assert response.status_code == 422


def authorization(settings: Settings, **changes: str) -> dict[str, Any]:
    """Return the query that the documentation page sends for *Authorize*."""
    request = AuthorizationRequest(
        client_id=settings.oidc_client_id,
        redirect_uri="http://testserver/docs/oauth2-redirect",
        scope="items:read openid",
        state="a state of the page",
        code_challenge=create_s256_code_challenge(VERIFIER),
    )
    return request.model_dump(exclude_none=True) | changes


def test_page_logs_in_and_redeems_its_code(browser: TestClient, settings: Settings) -> None:
    request = authorization(settings)
    redirect = browser.get(f"{AUTH}/authorize", params=request)
    assert redirect.status_code == 303
    assert redirect.headers["cross-origin-opener-policy"] == "unsafe-none"
    location = redirect.headers["location"]
    assert query(location)["scope"] == "openid email profile items:read"
    answer = log_in_there(location)
    assert answer.startswith(request["redirect_uri"])
    assert query(answer)["state"] == request["state"]
    form = {
        "grant_type": "authorization_code",
        "code": query(answer)["code"],
        "redirect_uri": request["redirect_uri"],
        "code_verifier": VERIFIER,
    }
    response = browser.post(f"{AUTH}/token", data=form)
    assert response.headers["cache-control"] == "no-store"
    tokens = response.json()
    headers = {"Authorization": f"Bearer {tokens['access_token']}"}
    assert browser.get(f"{AUTH}/me", headers=headers).status_code == 200
    assert_refused(browser.post(f"{AUTH}/token", data=form), 400, "another browser")


@pytest.mark.parametrize(
    "changes",
    [
        {"code_challenge": ""},
        {"code_challenge": "x"},
        {"code_challenge_method": "plain"},
        {"response_type": "token"},
    ],
)
def test_page_cannot_do_without_pkce(
    browser: TestClient, settings: Settings, changes: dict[str, str]
) -> None:
    request = authorization(settings, **changes)
    assert browser.get(f"{AUTH}/authorize", params=request).status_code == 422


def page_form(browser: TestClient, settings: Settings) -> dict[str, str]:
    """Begin a login of a page, log in, and return what redeems the code."""
    request = authorization(settings)
    location = browser.get(f"{AUTH}/authorize", params=request).headers["location"]
    return {
        "grant_type": "authorization_code",
        "code": query(log_in_there(location))["code"],
        "redirect_uri": request["redirect_uri"],
        "code_verifier": VERIFIER,
    }


@pytest.mark.parametrize("grant", ["password", "client_credentials", ""])
def test_service_lends_its_secret_to_no_other_grant(browser: TestClient, grant: str) -> None:
    assert browser.post(f"{AUTH}/token", data={"grant_type": grant}).status_code == 422


@pytest.mark.parametrize("missing", ["code", "redirect_uri", "code_verifier"])
def test_code_is_redeemed_with_its_proof_only(
    browser: TestClient, settings: Settings, missing: str
) -> None:
    form = page_form(browser, settings)
    assert browser.post(f"{AUTH}/token", data=form | {missing: ""}).status_code == 422
    del form[missing]
    assert browser.post(f"{AUTH}/token", data=form).status_code == 422


def test_code_of_a_page_is_worthless_in_another_browser(
    browser: TestClient, serve: Serve, settings: Settings
) -> None:
    form = page_form(browser, settings)
    thief = serve(settings)
    assert_refused(thief.post(f"{AUTH}/token", data=form), 400, "another browser")
    page_form(thief, settings)
    other = form | {"code_verifier": VERIFIER[::-1]}
    assert_refused(thief.post(f"{AUTH}/token", data=other), 400, "another browser")
    assert browser.post(f"{AUTH}/token", data=form).status_code == 200


def test_refresh_token_gives_new_tokens(browser: TestClient) -> None:
    tokens = back(browser, log_in_there(begin(browser))).json()
    form = {"grant_type": "refresh_token", "refresh_token": tokens["refresh_token"]}
    for _ in range(2):
        again = browser.post(f"{AUTH}/token", data=form).json()
        assert again["access_token"]
        form["refresh_token"] = again.get("refresh_token", form["refresh_token"])
    form["refresh_token"] = "x"
    assert_refused(browser.post(f"{AUTH}/token", data=form), 400, "not of this service")


def test_stolen_refresh_token_is_worthless_in_another_browser(
    browser: TestClient, serve: Serve, settings: Settings
) -> None:
    tokens = back(browser, log_in_there(begin(browser))).json()
    form = {"grant_type": "refresh_token", "refresh_token": tokens["refresh_token"]}
    thief = serve(settings)
    assert_refused(thief.post(f"{AUTH}/token", data=form), 400, "not of this browser")
    back(thief, log_in_there(begin(thief)))
    assert_refused(thief.post(f"{AUTH}/token", data=form), 400, "not of this browser")
    assert browser.post(f"{AUTH}/token", data=form).status_code == 200


def test_tabs_of_one_browser_keep_their_refresh_tokens(browser: TestClient) -> None:
    first, second = (back(browser, log_in_there(begin(browser))).json() for _ in range(2))
    for tokens in (first, second):
        form = {"grant_type": "refresh_token", "refresh_token": tokens["refresh_token"]}
        assert browser.post(f"{AUTH}/token", data=form).status_code == 200


def test_cookie_of_the_browser_is_read_by_no_page(browser: TestClient) -> None:
    response = back(browser, log_in_there(begin(browser)))
    cookies = response.headers.get_list("set-cookie")
    [cookie] = [cookie for cookie in cookies if cookie.startswith(f"{browsers.COOKIE}=")]
    for attribute in ("HttpOnly", "Secure", "SameSite=lax", "Path=/"):
        assert attribute in cookie


def test_cookie_that_the_service_did_not_set_is_replaced(browser: TestClient) -> None:
    browser.cookies.set(browsers.COOKIE, "chosen-by-somebody-else")
    response = back(browser, log_in_there(begin(browser)))
    assert f"{browsers.COOKIE}=" in response.headers["set-cookie"]
    assert "chosen-by-somebody-else" not in response.headers["set-cookie"]


@pytest.mark.parametrize("value", ["\u00e9", "\U0001f600", "\ud800", "a\0", "a\nb"])
@pytest.mark.parametrize("name", ["code", "refresh_token", "redirect_uri", "code_verifier"])
def test_value_that_no_provider_issues_is_invalid(
    browser: TestClient, name: str, value: str
) -> None:
    grant = "refresh_token" if name == "refresh_token" else "authorization_code"
    proof = {"code": "c", "redirect_uri": "http://testserver/", "code_verifier": VERIFIER}
    form = {"grant_type": grant, **proof, name: value.encode(errors="surrogatepass")}
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    response = browser.post(f"{AUTH}/token", content=urlencode(form), headers=headers)
    assert (response.status_code, response.headers["content-type"]) == (422, PROBLEM)


@pytest.mark.parametrize("name", ["state", "redirect_uri", "scope", "nonce", "client_id"])
def test_page_sends_ascii_only(browser: TestClient, settings: Settings, name: str) -> None:
    request = authorization(settings) | {name: "\u00e9"}
    assert browser.get(f"{AUTH}/authorize", params=request).status_code == 422
    if name == "state":
        assert browser.get(f"{AUTH}/callback", params={"state": "\u00e9"}).status_code == 422


@pytest.mark.parametrize("name", ["refresh_token", "id_token"])
def test_logout_takes_tokens_only(browser: TestClient, name: str) -> None:
    if name == "refresh_token":
        refused = browser.post(f"{AUTH}/logout", json={name: "x"})
        assert_refused(refused, 400, "not of this service")
    assert browser.post(f"{AUTH}/logout", json={name: "\u00e9"}).status_code == 422


def test_logout_says_where_the_provider_ends_its_session(
    browser: TestClient, settings: Settings
) -> None:
    tokens = back(browser, log_in_there(begin(browser))).json()
    body = {name: tokens[name] for name in ("refresh_token", "id_token")}
    url = browser.post(f"{AUTH}/logout", json=body).json()["end_session_url"]
    assert url.startswith(f"{settings.oidc_issuer}/oauth2/end_session?")
    hint = query(url)
    assert hint == {"client_id": settings.oidc_client_id, "id_token_hint": tokens["id_token"]}
    assert httpx2.get(url, verify=TLS).status_code == 200
    assert browser.post(f"{AUTH}/logout", json={"user": "ada"}).status_code == 422


def test_openapi_document_names_the_flow_and_its_scopes(anonymous: TestClient) -> None:
    document = anonymous.get("/openapi.json").json()
    [scheme] = document["components"]["securitySchemes"].values()
    flow = scheme["flows"]["authorizationCode"]
    assert flow["authorizationUrl"] == "api/v1/auth/authorize"
    assert flow["tokenUrl"] == "api/v1/auth/token"
    assert flow["scopes"] == SCOPES


def test_documentation_page_is_a_client_of_the_provider(
    anonymous: TestClient, settings: Settings
) -> None:
    page = anonymous.get("/docs")
    assert page.headers["cross-origin-opener-policy"] == "same-origin-allow-popups"
    assert f'"clientId": "{settings.oidc_client_id}"' in page.text
    redirect = anonymous.get("/docs/oauth2-redirect")
    assert redirect.headers["cross-origin-opener-policy"] == "unsafe-none"
    assert "opener" in redirect.text
