"""The state of a login, in an encrypted cookie until the user returns from the provider."""

from hashlib import sha256
from secrets import compare_digest, token_urlsafe
from time import time

from fastapi import Response
from joserfc import jwt
from joserfc.jwe import JWERegistry
from joserfc.jwk import OctKey
from pydantic import BaseModel, Field

from app.auth.claims import NOT_VALID
from app.auth.config import AuthSettings

COOKIE = "__Host-login"
SECONDS = 600
REGISTRY = JWERegistry(algorithms=["dir", "A256GCM"])


def new_secret() -> str:
    return token_urlsafe(48)


class LoginState(BaseModel):
    """The secrets of a login (OpenID Connect Core 1.0, RFC 7636), and its target path."""

    state: str = Field(default_factory=new_secret)
    nonce: str = Field(default_factory=new_secret)
    code_verifier: str = Field(default_factory=new_secret)
    next: str
    exp: float = Field(default_factory=lambda: time() + SECONDS)

    def began(self, state: str) -> bool:
        """Return whether an answer with this state belongs to this login and is in time."""
        return time() < self.exp and compare_digest(self.state.encode(), state.encode())


def remember(response: Response, settings: AuthSettings, login: LoginState) -> None:
    value = jwt.encode(
        {"alg": "dir", "enc": "A256GCM"}, login.model_dump(), key(settings), registry=REGISTRY
    )
    response.set_cookie(COOKIE, value, max_age=SECONDS, secure=True, httponly=True, samesite="lax")


def remembered(settings: AuthSettings, cookie: str) -> LoginState | None:
    """Decrypt the cookie. Return None if it is not from this service."""
    try:
        claims = jwt.decode(cookie, key(settings), registry=REGISTRY).claims
        return LoginState.model_validate(claims)
    except NOT_VALID:
        return None


def forget(response: Response) -> None:
    response.delete_cookie(COOKIE, secure=True, httponly=True, samesite="lax")


def key(settings: AuthSettings) -> OctKey:
    return OctKey.import_key(sha256(settings.oidc_login_key.get_secret_value().encode()).digest())
