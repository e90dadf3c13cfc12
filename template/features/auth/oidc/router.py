"""Routes for the login with the provider."""

from typing import Annotated

from authlib.integrations.base_client import OAuthError
from fastapi import APIRouter, Cookie, Form, HTTPException, Query, Response
from fastapi.responses import RedirectResponse

from app.auth.code_flow import CodeFlowDep
from app.auth.dependencies import CurrentUser
from app.auth.login_state import COOKIE, LoginState, forget, remember, remembered
from app.auth.models import User
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
    flow: CodeFlowDep,
    settings: SettingsDep,
    next_path: Annotated[LocalPath, Query(alias="next")] = "/",
) -> RedirectResponse:
    """Redirect the browser to the provider."""
    login = LoginState(next=next_path)
    response = RedirectResponse(await flow.begin(login), 303)
    remember(response, settings, login)
    return response


@router.get("/callback", response_model_exclude_none=True)
async def finish_login(
    answer: Annotated[Callback, Query()],
    flow: CodeFlowDep,
    settings: SettingsDep,
    response: Response,
    cookie: Annotated[str, Cookie(alias=COOKIE)] = "",
) -> TokenSet:
    """Return the tokens when the provider redirects the browser back."""
    login = remembered(settings, cookie)
    if login is None or not login.began(answer.state):
        raise HTTPException(400, "This login expired or began in another browser. Try again.")
    response.headers["Cache-Control"] = "no-store"
    forget(response)
    return await flow.finish(login, answer)


@router.get("/authorize", status_code=303, response_class=RedirectResponse)
async def authorize(
    request: Annotated[AuthorizationRequest, Query()], flow: CodeFlowDep
) -> RedirectResponse:
    """Redirect a window that a page opened. The provider must know the redirect URI of the page."""
    headers = {"Cross-Origin-Opener-Policy": "unsafe-none"}
    return RedirectResponse(await flow.authorization_url(request), 303, headers)


@router.post("/token", response_model_exclude_none=True)
async def exchange(
    request: Annotated[TokenRequest, Form()], flow: CodeFlowDep, response: Response
) -> TokenSet:
    """Exchange the code of a page, or a refresh token, for tokens."""
    response.headers["Cache-Control"] = "no-store"
    try:
        return await flow.redeem(**request.model_dump(exclude_none=True))
    except OAuthError as error:
        raise HTTPException(400, f"The provider refused: {error.error}.") from None


@router.post("/logout")
async def log_out(data: LogoutRequest, flow: CodeFlowDep) -> Logout:
    """Revoke the refresh token. Return the provider's page for logout."""
    return Logout(end_session_url=await flow.end(data.refresh_token, data.id_token))
