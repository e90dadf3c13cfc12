"""The session cookie (RFC 6265bis). Browsers send it to this host only and hide it from scripts."""

from typing import Annotated

from fastapi import Depends, Response
from fastapi.security import APIKeyCookie, APIKeyHeader

COOKIE = "__Host-session"
CSRF_HEADER = "X-CSRF-Token"

SessionCookie = Annotated[
    str | None, Depends(APIKeyCookie(name=COOKIE, scheme_name="Session", auto_error=False))
]
CsrfHeader = Annotated[
    str | None, Depends(APIKeyHeader(name=CSRF_HEADER, scheme_name="CSRF", auto_error=False))
]


def set_cookie(response: Response, secret: str, seconds: int) -> None:
    response.set_cookie(
        COOKIE, secret, max_age=seconds, path="/", secure=True, httponly=True, samesite="lax"
    )


def delete_cookie(response: Response) -> None:
    response.delete_cookie(COOKIE, path="/", secure=True, httponly=True, samesite="lax")
