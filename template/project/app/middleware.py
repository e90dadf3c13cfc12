"""What surrounds every request: pure ASGI, and only the layers that the settings ask for."""

import logging
import re
from collections.abc import Iterable, Sequence
from ipaddress import ip_address
from os import urandom
from time import perf_counter
from traceback import format_exc

from fastapi import FastAPI
from fastapi.exceptions import HTTPException
from fastapi.middleware.cors import CORSMiddleware
from fastapi.middleware.gzip import GZipMiddleware
from pydantic import IPvAnyNetwork
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
)
CONTENT_SECURITY_POLICY = (
    b"content-security-policy",
    b"default-src 'none'; frame-ancestors 'none'",
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
    if settings.trusted_proxies:
        app.add_middleware(TrustedProxyMiddleware, networks=settings.trusted_proxies)


class TrustedProxyMiddleware:
    """Take the client's address and the scheme from what proxies in the given networks say."""

    def __init__(self, app: ASGIApp, networks: Sequence[IPvAnyNetwork]) -> None:
        self.app = app
        self.networks = networks

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "lifespan" and scope["client"] and self.trusts(scope["client"][0]):
            scope["client"] = (self.client(scope), 0)
            scheme = header(scope, b"x-forwarded-proto")
            if scheme in {b"http", b"https"}:
                secure = scheme == b"https"
                plain = "ws" if scope["type"] == "websocket" else "http"
                scope["scheme"] = plain + "s" * secure
        await self.app(scope, receive, send)

    def client(self, scope: Scope) -> str:
        """Return the nearest address in X-Forwarded-For that is not a trusted proxy's."""
        nearest: str = scope["client"][0]
        values = [value for name, value in scope["headers"] if name == b"x-forwarded-for"]
        for address in reversed(b",".join(values).decode("latin-1").split(",")):
            if not self.trusts(nearest) or not is_address(address.strip()):
                break
            nearest = address.strip()
        return nearest

    def trusts(self, host: str) -> bool:
        return is_address(host) and any(ip_address(host) in network for network in self.networks)


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
                    *with_policy(message["headers"]),
                    *SECURITY_HEADERS,
                    (b"x-request-id", id_),
                    (b"x-process-time", b"%.6f" % (perf_counter() - started)),
                ]
            await send(message)

        await self.app(scope, receive, send_with_headers)


class TrustedHostMiddleware:
    """Refuse a request whose Host is not among the given ones (`*.example.com`: any subdomain).

    Probes ask for the service's health by its address.
    """

    def __init__(self, app: ASGIApp, hosts: Iterable[str]) -> None:
        self.app = app
        self.names = {host.lower() for host in hosts if not host.startswith("*.")}
        self.suffixes = tuple(host[1:].lower() for host in hosts if host.startswith("*."))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan" or self.allows(scope):
            await self.app(scope, receive, send)
        else:
            response = problem_response(scope, 400, "The host is not one of this service.")
            await response(scope, receive, send)

    def allows(self, scope: Scope) -> bool:
        path: str = scope["path"]
        return path.startswith("/health/") or self.trusts(header(scope, b"host") or b"")

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


def is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True


def header(scope: Scope, name: bytes) -> bytes | None:
    """Return the first value of a request header, whose name is given in lower case."""
    for key, value in scope["headers"]:
        if key == name:
            return value
    return None


def with_policy(headers: list[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
    """Add the content security policy of an API, unless the response has one of its own."""
    for name, _ in headers:
        if name == b"content-security-policy":
            return headers
    return [*headers, CONTENT_SECURITY_POLICY]
