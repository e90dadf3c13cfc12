"""Login with the provider, and what its clients need for it."""

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
    """Send the browser to the provider."""
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
    """Answer with the tokens, when the provider sends the browser back."""
    login = remembered(settings, cookie)
    if login is None or not login.began(answer.state):
        raise HTTPException(400, "This login began elsewhere, or too long ago; begin again.")
    response.headers["Cache-Control"] = "no-store"
    forget(response)
    return await flow.finish(login, answer)


@router.get("/authorize", status_code=303, response_class=RedirectResponse)
async def authorize(
    request: Annotated[AuthorizationRequest, Query()], flow: CodeFlowDep
) -> RedirectResponse:
    """Send the window that a page opened to the provider, which must know the page's address."""
    headers = {"Cross-Origin-Opener-Policy": "unsafe-none"}
    return RedirectResponse(await flow.authorization_url(request), 303, headers)


@router.post("/token", response_model_exclude_none=True)
async def exchange(
    request: Annotated[TokenRequest, Form()], flow: CodeFlowDep, response: Response
) -> TokenSet:
    """Exchange a page's code, or any refresh token, with the provider."""
    response.headers["Cache-Control"] = "no-store"
    try:
        return await flow.redeem(**request.model_dump(exclude_none=True))
    except OAuthError as error:
        raise HTTPException(400, f"The provider refused: {error.error}.") from None


@router.post("/logout")
async def log_out(data: LogoutRequest, flow: CodeFlowDep) -> Logout:
    """Revoke the refresh token, and say where the browser ends its session with the provider."""
    return Logout(end_session_url=await flow.end(data.refresh_token, data.id_token))
