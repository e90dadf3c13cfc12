"""What surrounds every request: pure ASGI, and only the layers that the settings ask for."""

import logging
import re
from collections.abc import Iterable
from os import urandom
from time import perf_counter
from traceback import format_exc

from fastapi import FastAPI
from fastapi.exceptions import HTTPException
from fastapi.middleware.cors import CORSMiddleware
from fastapi.middleware.gzip import GZipMiddleware
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.config import Settings
from app.errors import problem_response
from app.logging import request_id

logger = logging.getLogger(__name__)

SECURITY_HEADERS = (
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
)
TOO_LARGE = "The body of the request is too large."
SANE_REQUEST_ID = re.compile(rb"[A-Za-z0-9._-]{1,128}")


def install_middleware(app: FastAPI, settings: Settings) -> None:
    """Put the layers around the application, the innermost first."""
    app.add_middleware(ErrorMiddleware, debug=settings.debug)
    if settings.max_body_size:
        app.add_middleware(BodyLimitMiddleware, max_size=settings.max_body_size)
    if settings.gzip_minimum_size:
        app.add_middleware(CompressionMiddleware, minimum_size=settings.gzip_minimum_size)
    if settings.cors_origins:
        app.add_middleware(
            CORSMiddleware,
            allow_origins=settings.cors_origins,
            allow_methods=["*"],
            allow_headers=["*"],
            expose_headers=["X-Request-ID", "X-Process-Time"],
        )
    if "*" not in settings.trusted_hosts:
        app.add_middleware(TrustedHostMiddleware, hosts=settings.trusted_hosts)
    app.add_middleware(RequestContextMiddleware)


class RequestContextMiddleware:
    """Give the request its id, and the response that id, the time taken and security headers."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
            return
        started = perf_counter()
        sent = header(scope, b"x-request-id")
        id_ = sent if sent and SANE_REQUEST_ID.fullmatch(sent) else urandom(16).hex().encode()
        request_id.set(id_.decode())

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [
                    *with_security(message["headers"]),
                    (b"x-request-id", id_),
                    (b"x-process-time", b"%.6f" % (perf_counter() - started)),
                ]
            await send(message)

        await self.app(scope, receive, send_with_headers)


class TrustedHostMiddleware:
    """Refuse a request whose Host is not among the given ones (`*.example.com`: any subdomain)."""

    def __init__(self, app: ASGIApp, hosts: Iterable[str]) -> None:
        self.app = app
        self.names = {host.lower() for host in hosts if not host.startswith("*.")}
        self.suffixes = tuple(host[1:].lower() for host in hosts if host.startswith("*."))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan" or self.trusts(header(scope, b"host") or b""):
            await self.app(scope, receive, send)
        else:
            response = problem_response(scope, 400, "The host is not one of this service.")
            await response(scope, receive, send)

    def trusts(self, host: bytes) -> bool:
        name = re.sub(r":\d*\Z", "", host.decode("latin-1")).lower()
        return name in self.names or name.endswith(self.suffixes)


class CompressionMiddleware(GZipMiddleware):
    """Compress responses for the clients that accept it, at no cost for the others."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and b"gzip" in (header(scope, b"accept-encoding") or b""):
            await super().__call__(scope, receive, send)
        else:
            await self.app(scope, receive, send)


class BodyLimitMiddleware:
    """Refuse a request whose body is larger than `max_size` bytes, announced or not."""

    def __init__(self, app: ASGIApp, max_size: int) -> None:
        self.app = app
        self.max_size = max_size

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        announced = header(scope, b"content-length")
        if announced is not None and int(announced) > self.max_size:
            await problem_response(scope, 413, TOO_LARGE)(scope, receive, send)
            return
        received = 0

        async def receive_within_limit() -> Message:
            nonlocal received
            message = await receive()
            received += len(message.get("body", b""))
            if received > self.max_size:
                raise HTTPException(413, TOO_LARGE)
            return message

        await self.app(scope, receive_within_limit, send)


class ErrorMiddleware:
    """Answer an error that nothing else handled: log it, and tell the client nothing about it."""

    def __init__(self, app: ASGIApp, *, debug: bool) -> None:
        self.app = app
        self.debug = debug

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        started = False

        async def send_and_note(message: Message) -> None:
            nonlocal started
            started = True
            await send(message)

        try:
            await self.app(scope, receive, send_and_note)
        except Exception:
            if started:
                raise
            logger.exception("Unhandled error")
            detail = format_exc() if self.debug else "The service could not answer."
            await problem_response(scope, 500, detail)(scope, receive, send)


def header(scope: Scope, name: bytes) -> bytes | None:
    """Return the first value of a request header, whose name is given in lower case."""
    for key, value in scope["headers"]:
        if key == name:
            return value
    return None


def with_security(headers: list[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
    """Add the security headers of an API, but none that the response has of its own."""
    names = {name for name, _ in headers}
    return [*headers, *(pair for pair in SECURITY_HEADERS if pair[0] not in names)]
