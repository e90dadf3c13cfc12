"""Refuse cross-site requests (OWASP's cheat sheet on CSRF)."""

from hashlib import sha256
from hmac import compare_digest
from hmac import digest as hmac
from urllib.parse import urlsplit

from fastapi import Depends, HTTPException
from fastapi.requests import HTTPConnection

from app.auth.cookies import CSRF_HEADER
from app.config import Settings
from app.dependencies import SettingsDep

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


def csrf_token(secret: str) -> str:
    """Return the CSRF token of a session. Other sites cannot know it."""
    return hmac(secret.encode(), b"csrf", sha256).hex()


def refuse_forgery(connection: HTTPConnection, settings: Settings, secret: str) -> None:
    """Refuse a changing request with a session cookie that did not come from our own pages."""
    if connection.scope.get("method") in SAFE_METHODS:
        return
    refuse_other_origins(connection, settings)
    token = connection.headers.get(CSRF_HEADER, "")
    if not compare_digest(token.encode(), csrf_token(secret).encode()):
        raise HTTPException(403, f"The header {CSRF_HEADER} must contain the token of the session.")


def refuse_other_origins(connection: HTTPConnection, settings: SettingsDep) -> None:
    """Refuse requests from pages of other origins. Only browsers name the origin."""
    origin = connection.headers.get("Origin")
    if origin is None:
        site = connection.headers.get("Sec-Fetch-Site", "none")
        trusted = site in {"none", "same-origin"}
    else:
        own = urlsplit(origin).netloc == connection.headers.get("Host")
        trusted = own or origin in settings.cors_origins
    if not trusted:
        raise HTTPException(403, "Requests from other sites are not allowed.")


FROM_OWN_ORIGIN = Depends(refuse_other_origins)
