"""Refuse cross-site requests (OWASP's cheat sheet on CSRF)."""

from collections.abc import Callable
from functools import partial
from hashlib import sha256
from hmac import compare_digest
from hmac import digest as hmac
from typing import Any

from fastapi import Depends, FastAPI, HTTPException
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


def install_security_scheme(app: FastAPI) -> None:
    """Let the OpenAPI document ask for both the cookie and the token, which FastAPI lists as a choice."""
    app.openapi = partial(describe_security, app.openapi)  # type: ignore[method-assign]


def describe_security(generate: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    document = generate()
    for path in document["paths"].values():
        for method, operation in path.items():
            if "security" in operation:
                schemes = operation["security"]
                needed = {name: scopes for scheme in schemes for name, scopes in scheme.items()}
                if method.upper() in SAFE_METHODS:
                    needed.pop("CSRF", None)
                operation["security"] = [needed]
    return document


# {% include 'template/features/websockets/origins.py' %}


FROM_OWN_ORIGIN = Depends(refuse_other_origins)
