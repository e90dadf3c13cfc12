"""Logins and refresh tokens belong to one browser.

The service adds its secret to the requests of pages. So it must know who asks: a code or a refresh
token that was stolen is worthless without the cookies of the browser that logged in.
"""

import re
from hashlib import sha256
from secrets import compare_digest
from typing import Annotated

from fastapi import Depends, HTTPException, Request, Response
from pydantic import BaseModel

from app.auth.login_state import COOKIE as LOGIN_COOKIE
from app.auth.login_state import PAGE_COOKIE, LoginState, PageLogin, new_secret, seal, unseal
from app.auth.schemas import TokenRequest, TokenSet
from app.dependencies import SettingsDep

COOKIE = "__Host-browser"
SECONDS = 365 * 24 * 3600
SECRET = re.compile(r"[A-Za-z0-9_-]{64}")


class BoundToken(BaseModel):
    """A refresh token of the provider, and the browser that may use it."""

    refresh_token: str
    browser: str


class Browser:
    """The browser that sent the request."""

    def __init__(self, request: Request, settings: SettingsDep) -> None:
        self.settings = settings
        self.cookies = request.cookies

    def login(self, state: str) -> LoginState:
        """Return the login that the answer with this state belongs to."""
        login = unseal(self.settings, LoginState, self.cookies.get(LOGIN_COOKIE, ""))
        if login is None or not login.began(state):
            raise other_browser()
        return login

    def checked(self, request: TokenRequest) -> dict[str, str]:
        """Return the request as it goes to the provider."""
        if request.code_verifier:
            self.check_verifier(request.code_verifier)
        form: dict[str, str] = request.model_dump(exclude_none=True)
        if request.refresh_token:
            form["refresh_token"] = self.refresh_token(request.refresh_token)
        return form

    def check_verifier(self, code_verifier: str) -> None:
        """Refuse a code unless this browser began its login here, with PKCE."""
        login = unseal(self.settings, PageLogin, self.cookies.get(PAGE_COOKIE, ""))
        if login is None or not login.began(code_verifier):
            raise other_browser()

    def bind(self, response: Response, tokens: TokenSet) -> TokenSet:
        """Return the tokens with a refresh token that only this browser can use."""
        if tokens.refresh_token is None:
            return tokens
        known = self.cookies.get(COOKIE, "")
        secret = known if SECRET.fullmatch(known) else new_secret()
        response.set_cookie(
            COOKIE, secret, max_age=SECONDS, secure=True, httponly=True, samesite="lax"
        )
        bound = BoundToken(refresh_token=tokens.refresh_token, browser=digest(secret))
        return tokens.model_copy(update={"refresh_token": seal(self.settings, bound)})

    def refresh_token(self, token: str) -> str:
        """Return the provider's refresh token, if it was issued to this browser."""
        bound = self.opened(token)
        if not compare_digest(bound.browser, digest(self.cookies.get(COOKIE, ""))):
            raise HTTPException(400, "The refresh token is not of this browser. Log in again.")
        return bound.refresh_token

    def opened(self, token: str) -> BoundToken:
        bound = unseal(self.settings, BoundToken, token)
        if bound is None:
            raise HTTPException(400, "The refresh token is not of this service. Log in again.")
        return bound


def other_browser() -> HTTPException:
    return HTTPException(400, "This login expired or began in another browser. Try again.")


def digest(secret: str) -> str:
    return sha256(secret.encode()).hexdigest()


BrowserDep = Annotated[Browser, Depends()]
