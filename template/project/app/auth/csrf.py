"""Refusing what another site makes a browser send (OWASP's cheat sheet on CSRF)."""

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
    """Return the token that goes with a session, and that another site cannot know."""
    return hmac(secret.encode(), b"csrf", sha256).hex()


def refuse_forgery(connection: HTTPConnection, settings: Settings, secret: str) -> None:
    """Refuse a request with a session that changes something and that our own pages did not send."""
    if connection.scope.get("method") in SAFE_METHODS:
        return
    refuse_other_origins(connection, settings)
    token = connection.headers.get(CSRF_HEADER, "")
    if not compare_digest(token.encode(), csrf_token(secret).encode()):
        raise HTTPException(403, f"The header {CSRF_HEADER} must have the token of the session.")


def refuse_other_origins(connection: HTTPConnection, settings: SettingsDep) -> None:
    """Refuse what a browser says comes from another origin; other clients say nothing of it."""
    origin = connection.headers.get("Origin")
    if origin is None:
        site = connection.headers.get("Sec-Fetch-Site", "none")
        trusted = site in {"none", "same-origin"}
    else:
        own = urlsplit(origin).netloc == connection.headers.get("Host")
        trusted = own or origin in settings.cors_origins
    if not trusted:
        raise HTTPException(403, "This cannot be done from another site.")


FROM_OWN_ORIGIN = Depends(refuse_other_origins)
