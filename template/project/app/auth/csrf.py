"""Refuse cross-site requests (OWASP's cheat sheet on CSRF)."""

from hashlib import sha256
from hmac import compare_digest
from hmac import digest as hmac

from fastapi import Depends, HTTPException
from fastapi.requests import HTTPConnection

from app.auth.cookies import CSRF_HEADER
from app.config import Settings
from app.origins import refuse_other_origins

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


FROM_OWN_ORIGIN = Depends(refuse_other_origins)
