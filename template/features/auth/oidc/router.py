"""Routes for the login with the provider."""

from typing import Annotated

from authlib.integrations.base_client import OAuthError
from fastapi import APIRouter, Form, HTTPException, Query, Response
from fastapi.responses import RedirectResponse

from app.auth.browser import BrowserDep
from app.auth.dependencies import CurrentUser
from app.auth.login_state import PAGE_COOKIE, LoginState, PageLogin, forget, remember
from app.auth.models import User
from app.auth.oauth_client import OAuthClientDep, reason
from app.auth.schemas import (
    AuthorizationRequest,
    Callback,
    LocalPath,
    Logout,
    LogoutRequest,
    TokenRequest,
    TokenSet,
)
from app.dependencies import SettingsDep

router = APIRouter(prefix="/auth", tags=["auth"])


@router.get("/me")
async def read_me(user: CurrentUser) -> User:
    return user


@router.get("/login", status_code=303, response_class=RedirectResponse)
async def log_in(
    client: OAuthClientDep,
    settings: SettingsDep,
    next_path: Annotated[LocalPath, Query(alias="next")] = "/",
) -> RedirectResponse:
    """Redirect the browser to the provider."""
    login = LoginState(next=next_path)
    response = RedirectResponse(await client.begin(login), 303)
    remember(response, settings, login)
    return response


@router.get("/callback", response_model_exclude_none=True)
async def finish_login(
    answer: Annotated[Callback, Query()],
    client: OAuthClientDep,
    browser: BrowserDep,
    response: Response,
) -> TokenSet:
    """Return the tokens when the provider redirects the browser back."""
    login = browser.login(answer.state)
    response.headers["Cache-Control"] = "no-store"
    forget(response)
    return browser.bind(response, await client.finish(login, answer))


@router.get("/authorize", status_code=303, response_class=RedirectResponse)
async def authorize(
    request: Annotated[AuthorizationRequest, Query()], client: OAuthClientDep, settings: SettingsDep
) -> RedirectResponse:
    """Redirect a window that a page opened. The provider must know the redirect URI of the page."""
    headers = {"Cross-Origin-Opener-Policy": "unsafe-none"}
    response = RedirectResponse(await client.authorization_url(request), 303, headers)
    remember(response, settings, PageLogin(code_challenge=request.code_challenge))
    return response


@router.post("/token", response_model_exclude_none=True)
async def exchange(
    request: Annotated[TokenRequest, Form()],
    client: OAuthClientDep,
    browser: BrowserDep,
    response: Response,
) -> TokenSet:
    """Exchange the code of a page, or a refresh token, for tokens, in the browser that logged in."""
    response.headers["Cache-Control"] = "no-store"
    try:
        tokens = await client.redeem(**browser.checked(request))
    except OAuthError as error:
        detail = f"refused: {code}." if (code := reason(error)) else "refused the request."
        raise HTTPException(400, f"The provider {detail}") from None
    forget(response, PAGE_COOKIE)
    return browser.bind(response, tokens)


@router.post("/logout")
async def log_out(data: LogoutRequest, client: OAuthClientDep, browser: BrowserDep) -> Logout:
    """Revoke the refresh token, from any browser. Return the provider's page for logout."""
    token = browser.opened(data.refresh_token).refresh_token if data.refresh_token else None
    return Logout(end_session_url=await client.end(token, data.id_token))
