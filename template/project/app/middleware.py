"""Middleware in plain ASGI. Only the layers that the settings need are installed.

A layer that has nothing to await is a plain function, which returns what the next layer returns:
each coroutine less makes every request faster.
"""

import asyncio
import logging
import re
from collections.abc import Awaitable, Sequence
from ipaddress import IPv4Address, IPv6Address, ip_address
from math import inf
from random import getrandbits
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
from app.setting_types import HOST_NAME

Address = IPv4Address | IPv6Address

logger = logging.getLogger(__name__)

SECURITY_HEADERS = (
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
)
PRIVATE_HEADERS = (*SECURITY_HEADERS, (b"cache-control", b"no-store"))
CREDENTIALS = frozenset({b"authorization", b"cookie", b"x-api-key"})
# {% if auth in ['session', 'oidc'] %}
HOST_COOKIE = b"__Host-"
PATH_COOKIE = b"__Secure-Path-"
# {% endif %}
TOO_LARGE = "The body of the request is too large."
VALID_REQUEST_ID = re.compile(rb"[A-Za-z0-9._-]{1,128}")
GZIP = re.compile(rb"(?:^|[,\s])gzip\s*(?:;\s*q\s*=\s*(?:1|0?\.0*[1-9])[\d.]*\s*)?(?:,|$)")
"""Where `Accept-Encoding` has gzip, with a weight above zero (RFC 9110, section 12.5.3)."""


def install_middleware(app: FastAPI, settings: Settings) -> None:
    """Add the middleware, innermost first."""
    app.add_middleware(ErrorMiddleware, debug=settings.debug)
    app.add_middleware(
        BodyLimitMiddleware, max_size=settings.max_body_size or inf, timeout=settings.body_timeout
    )
    if settings.gzip_minimum_size:
        app.add_middleware(CompressionMiddleware, minimum_size=settings.gzip_minimum_size)
    app.add_middleware(HeadMiddleware)
    if settings.max_concurrent_requests:
        app.add_middleware(ConcurrencyMiddleware, limit=settings.max_concurrent_requests)
    if settings.cors_origins:
        app.add_middleware(
            CORSMiddleware,
            allow_origins=settings.cors_origins,
            allow_methods=["*"],
            allow_headers=["*"],
            # {% if auth == 'session' %}
            allow_credentials="*" not in settings.cors_origins,
            # {% endif %}
            expose_headers=["X-Request-ID", "X-Process-Time"],
        )
    app.add_middleware(HostMiddleware, hosts=settings.trusted_hosts)
    app.add_middleware(RequestContextMiddleware, hsts_max_age=settings.hsts_max_age)
    app.add_middleware(ClientMiddleware, networks=settings.trusted_proxies)
    if settings.root_path:
        app.add_middleware(RootPathMiddleware, root_path=settings.root_path)


class RootPathMiddleware:
    # {% if auth in ['session', 'oidc'] %}
    """Answer below the root path, whether a proxy removes it from the path of a request or not.

    Cookies belong to the root path, so that services on one host keep theirs apart. Browsers accept
    `__Host-` for the root of a host only (RFC 6265bis, 4.1.3).
    """
    # {% else %}
    """Answer below the root path, whether a proxy removes it from the path of a request or not."""
    # {% endif %}

    def __init__(self, app: ASGIApp, root_path: str) -> None:
        self.app = app
        self.root_path = root_path
        # {% if auth in ['session', 'oidc'] %}
        self.cookie_path = f"Path={root_path};".encode()
    # {% endif %}

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        if scope["type"] == "lifespan":
            return self.app(scope, receive, send)
        root = scope["root_path"] = self.root_path
        if not f"{scope['path']}/".startswith(f"{root}/"):
            scope["path"] = root + scope["path"]
            scope["raw_path"] = root.encode() + scope.get("raw_path", b"")
        # {% if auth in ['session', 'oidc'] %}
        scope["headers"] = [
            (name, own_cookies(value) if name == b"cookie" else value)
            for name, value in scope["headers"]
        ]

        def send_with_cookies(message: Message) -> Awaitable[None]:
            if "headers" in message:
                message["headers"] = [
                    (name, confine(value, self.cookie_path) if name == b"set-cookie" else value)
                    for name, value in message["headers"]
                ]
            return send(message)

        return self.app(scope, receive, send_with_cookies)
        # {% else %}
        return self.app(scope, receive, send)
# {% endif %}
# {% if auth in ['session', 'oidc'] %}


def confine(cookie: bytes, path: bytes) -> bytes:
    """Return a cookie for a path in place of a cookie for the host."""
    if not cookie.startswith(HOST_COOKIE):
        return cookie
    return PATH_COOKIE + cookie.removeprefix(HOST_COOKIE).replace(b"Path=/;", path)


def own_cookies(header: bytes) -> bytes:
    """Return cookies with the names that the service gave them, without those of the host."""
    cookies = (cookie.strip() for cookie in header.split(b";"))
    return b"; ".join(
        cookie.replace(PATH_COOKIE, HOST_COOKIE, 1) if cookie.startswith(PATH_COOKIE) else cookie
        for cookie in cookies
        if not cookie.startswith(HOST_COOKIE)
    )
# {% endif %}


class ClientMiddleware:
    """Set the client's address, and the scheme and host that it used, as trusted proxies tell."""

    def __init__(self, app: ASGIApp, networks: Sequence[IPvAnyNetwork]) -> None:
        self.app = app
        self.networks = networks

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        if scope["type"] != "lifespan" and scope["client"]:
            host, port = scope["client"]
            peer = parse_address(host) if self.networks or ":" in host else None
            if peer and self.trusts(peer):
                self.use_forwarded(scope, peer)
            elif peer:
                scope["client"] = (str(peer), port)
        return self.app(scope, receive, send)

    def use_forwarded(self, scope: Scope, proxy: Address) -> None:
        scope["client"] = (str(self.find_client(scope, proxy)), 0)
        scheme = (header(scope, b"x-forwarded-proto") or b"").partition(b",")[0].strip()
        if scheme in {b"http", b"https"}:
            kind = "ws" if scope["type"] == "websocket" else "http"
            scope["scheme"] = scheme.decode().replace("http", kind)
        if host := header(scope, b"x-forwarded-host"):
            others = [pair for pair in scope["headers"] if pair[0] != b"host"]
            scope["headers"] = [(b"host", host.partition(b",")[0].strip()), *others]

    def find_client(self, scope: Scope, proxy: Address) -> Address:
        """Return the last address in X-Forwarded-For that is not a trusted proxy."""
        nearest = proxy
        values = [value for name, value in scope["headers"] if name == b"x-forwarded-for"]
        for text in reversed(b",".join(values).decode("latin-1").split(",")):
            address = parse_address(text)
            if address is None or not self.trusts(nearest):
                break
            nearest = address
        return nearest

    def trusts(self, address: Address) -> bool:
        return any(address in network for network in self.networks)


class RequestContextMiddleware:
    """Set the request id, and add it, the processing time and security headers to the response.

    No cache stores the answer to a request with credentials. A header that the response sets itself
    remains.
    """

    def __init__(self, app: ASGIApp, hsts_max_age: int) -> None:
        self.app = app
        hsts = (b"strict-transport-security", b"max-age=%d" % hsts_max_age)
        self.https_headers = (hsts,) if hsts_max_age else ()

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        if scope["type"] == "lifespan":
            return self.app(scope, receive, send)
        started = perf_counter()
        headers = dict(scope["headers"])
        id_ = headers.get(b"x-request-id", b"")
        if not VALID_REQUEST_ID.fullmatch(id_):
            id_ = b"%032x" % getrandbits(128)
        request_id.set(id_.decode())
        added = SECURITY_HEADERS if CREDENTIALS.isdisjoint(headers) else PRIVATE_HEADERS
        if scope["scheme"] == "https":
            added += self.https_headers

        def send_with_headers(message: Message) -> Awaitable[None]:
            if message["type"] == "http.response.start":
                own = dict(message["headers"])
                message["headers"] = [
                    *message["headers"],
                    *[pair for pair in added if pair[0] not in own],
                    (b"x-request-id", id_),
                    (b"x-process-time", b"%.6f" % (perf_counter() - started)),
                ]
            return send(message)

        return self.app(scope, receive, send_with_headers)


class HostMiddleware:
    """Refuse requests that do not name one host, or another than the given ones.

    `*.example.com` is any subdomain, `*` any host. Health checks are allowed for any host, because
    probes use the address.
    """

    def __init__(self, app: ASGIApp, hosts: Sequence[str]) -> None:
        self.app = app
        self.any_host = "*" in hosts
        self.names = frozenset(hosts)
        self.suffixes = tuple(host[1:] for host in hosts if host.startswith("*."))

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        if scope["type"] == "lifespan":
            return self.app(scope, receive, send)
        named = [value for name, value in scope["headers"] if name == b"host"]
        if len(named) > 1 or not (named or scope.get("http_version") == "1.0"):  # RFC 9112, 3.2
            detail = "A request must name one host."
        elif not (self.any_host or is_health_check(scope) or self.serves(b",".join(named))):
            detail = "This host name is not served here."
        else:
            return self.app(scope, receive, send)
        return problem_response(scope, 400, detail)(scope, receive, send)

    def serves(self, host: bytes) -> bool:
        name = re.sub(r":\d*\Z", "", host.decode("latin-1")).lower()
        is_subdomain = name.endswith(self.suffixes) and HOST_NAME.fullmatch(name)
        return name in self.names or bool(is_subdomain)


class ConcurrencyMiddleware:
    """Refuse requests above the limit. WebSockets and streams count, health checks do not."""

    def __init__(self, app: ASGIApp, limit: int) -> None:
        self.app = app
        self.limit = limit
        self.running = 0

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        if scope["type"] == "lifespan" or is_health_check(scope):
            return self.app(scope, receive, send)
        if self.running >= self.limit:
            response = problem_response(scope, 503, "The service has too many requests at once.")
            return response(scope, receive, send)
        return self.count(scope, receive, send)

    async def count(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.running += 1
        try:
            await self.app(scope, receive, send)
        finally:
            self.running -= 1


class HeadMiddleware:
    """Answer HEAD like GET, without the body."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        if scope["type"] != "http" or scope["method"] != "HEAD":
            return self.app(scope, receive, send)
        answered = False

        async def send_without_body(message: Message) -> None:
            nonlocal answered
            if not answered:
                answered = True
                await send(message)
                await send({"type": "http.response.body"})

        async def receive_disconnect() -> Message:
            """Tell a stream, once it has begun, that nobody reads it."""
            return {"type": "http.disconnect"} if answered else await receive()

        return self.app({**scope, "method": "GET"}, receive_disconnect, send_without_body)


class CompressionMiddleware:
    """Compress responses for clients that accept gzip."""

    def __init__(self, app: ASGIApp, minimum_size: int) -> None:
        self.app = app
        self.compressing = GZipMiddleware(app, minimum_size)

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        if scope["type"] == "http" and GZIP.search(header(scope, b"accept-encoding") or b""):
            return self.compressing(scope, receive, send)
        return self.app(scope, receive, send)


class BodyLimitMiddleware:
    """Refuse request bodies of more than `max_size` bytes, or that take more than `timeout` seconds."""

    def __init__(self, app: ASGIApp, max_size: float, timeout: float) -> None:
        self.app = app
        self.max_size = max_size
        self.timeout = timeout

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        if scope["type"] != "http":
            return self.app(scope, receive, send)
        announced = header(scope, b"content-length")
        if announced and int(announced) > self.max_size:
            return problem_response(scope, 413, TOO_LARGE)(scope, receive, send)
        return self.app(scope, self.limit_body(receive), send)

    def limit_body(self, receive: Receive) -> Receive:
        received = 0
        deadline = 0.0
        complete = False

        async def receive_within_limits() -> Message:
            nonlocal received, deadline, complete
            if complete:
                return await receive()
            deadline = deadline or asyncio.get_running_loop().time() + self.timeout
            try:
                async with asyncio.timeout_at(deadline):
                    message = await receive()
            except TimeoutError:
                raise HTTPException(408, "The body did not arrive in time.") from None
            complete = not message.get("more_body", False)
            received += len(message.get("body", b""))
            if received > self.max_size:
                raise HTTPException(413, TOO_LARGE)
            return message

        return receive_within_limits


class ErrorMiddleware:
    """Log unhandled errors, and answer without details."""

    def __init__(self, app: ASGIApp, *, debug: bool) -> None:
        self.app = app
        self.debug = debug

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        started = False

        def send_and_remember(message: Message) -> Awaitable[None]:
            nonlocal started
            started = True
            return send(message)

        try:
            await self.app(scope, receive, send_and_remember)
        except Exception:
            if started or scope["type"] != "http":
                raise
            logger.exception("Unhandled error")
            detail = format_exc() if self.debug else "An internal error occurred."
            await problem_response(scope, 500, detail)(scope, receive, send)


def is_health_check(scope: Scope) -> bool:
    path: str = scope["path"]
    return path.removeprefix(scope.get("root_path", "")).startswith("/health/")


def parse_address(text: str) -> Address | None:
    """Parse an address, maybe with a port, brackets or a zone. IPv4 within IPv6 counts as IPv4."""
    text = text.strip()
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        address = ip_address(text.partition("%")[0])
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address


def header(scope: Scope, name: bytes) -> bytes | None:
    """Return the first value of a request header. `name` is in lower case."""
    for key, value in scope["headers"]:
        if key == name:
            return value
    return None
