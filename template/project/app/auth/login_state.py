"""The state of a login, in a cookie until the user returns from the provider.

What browsers keep for the service is encrypted with `OIDC_LOGIN_KEY`.
"""

from hashlib import sha256
from secrets import compare_digest, token_urlsafe
from time import time
from typing import TypeVar

from authlib.oauth2.rfc7636 import create_s256_code_challenge
from fastapi import Response
from joserfc import jwt
from joserfc.jwe import JWERegistry
from joserfc.jwk import OctKey
from pydantic import BaseModel, Field

from app.auth.provider_tokens import NOT_VALID
from app.config import Settings

COOKIE = "__Host-login"
PAGE_COOKIE = "__Host-page-login"
SECONDS = 600
REGISTRY = JWERegistry(algorithms=["dir", "A256GCM"])

Sealed = TypeVar("Sealed", bound=BaseModel)


def new_secret() -> str:
    return token_urlsafe(48)


def end_of_login() -> float:
    return time() + SECONDS


class LoginState(BaseModel):
    """The secrets of a login (OpenID Connect Core 1.0, RFC 7636), and its target path."""

    state: str = Field(default_factory=new_secret)
    nonce: str = Field(default_factory=new_secret)
    code_verifier: str = Field(default_factory=new_secret)
    next: str
    exp: float = Field(default_factory=end_of_login)

    def began(self, state: str) -> bool:
        """Return whether an answer with this state belongs to this login and is in time."""
        return time() < self.exp and compare_digest(self.state, state)


class PageLogin(BaseModel):
    """The challenge of a login that a page began in this browser (RFC 7636)."""

    code_challenge: str
    exp: float = Field(default_factory=end_of_login)

    def began(self, code_verifier: str) -> bool:
        challenge = create_s256_code_challenge(code_verifier)
        return time() < self.exp and compare_digest(self.code_challenge, challenge)


def remember(response: Response, settings: Settings, login: LoginState | PageLogin) -> None:
    name = COOKIE if isinstance(login, LoginState) else PAGE_COOKIE
    value = seal(settings, login)
    response.set_cookie(name, value, max_age=SECONDS, secure=True, httponly=True, samesite="lax")


def forget(response: Response, name: str = COOKIE) -> None:
    response.delete_cookie(name, secure=True, httponly=True, samesite="lax")


def seal(settings: Settings, value: BaseModel) -> str:
    header = {"alg": "dir", "enc": "A256GCM"}
    return jwt.encode(header, value.model_dump(), key(settings), registry=REGISTRY)


def unseal(settings: Settings, kind: type[Sealed], text: str) -> Sealed | None:
    """Decrypt a value. Return None if it is not from this service, or of another kind."""
    try:
        return kind.model_validate(jwt.decode(text, key(settings), registry=REGISTRY).claims)
    except NOT_VALID:
        return None


def key(settings: Settings) -> OctKey:
    return OctKey.import_key(sha256(settings.oidc_login_key.get_secret_value().encode()).digest())
