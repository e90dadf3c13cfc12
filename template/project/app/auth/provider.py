"""The provider's endpoints and keys (OpenID Connect Discovery 1.0)."""

import asyncio
import logging
from collections.abc import AsyncIterator
from dataclasses import dataclass
from math import ceil
from ssl import SSLContext
from time import monotonic
from typing import Annotated, Any
from urllib.parse import urlsplit

import httpx2
from fastapi import Depends, HTTPException
from fastapi.requests import HTTPConnection
from joserfc.jwk import KeySet
from pydantic import BaseModel, Field

from app.config import Settings

logger = logging.getLogger(__name__)

WELL_KNOWN = "/.well-known/openid-configuration"
LARGEST_ANSWER = 1_000_000

Endpoint = Annotated[str, Field(max_length=2000, pattern=r"^https?://[!-~]+$")]


class Metadata(BaseModel):
    """The fields of a discovery document that the service uses."""

    issuer: str
    authorization_endpoint: Endpoint
    token_endpoint: Endpoint
    jwks_uri: Endpoint
    end_session_endpoint: Endpoint | None = None
    revocation_endpoint: Endpoint | None = None
    token_endpoint_auth_methods_supported: list[str] = ["client_secret_basic"]
    authorization_response_iss_parameter_supported: bool = False


@dataclass(frozen=True, eq=False)
class Published:
    """The provider's endpoints and keys at one time."""

    metadata: Metadata
    keys: KeySet


class Provider:
    """Caches the provider's endpoints and keys, and limits how often it asks for them.

    The cache stays valid while the provider is down.
    """

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.tls = httpx2.create_ssl_context()
        self.known: Published | None = None
        self.asking = asyncio.Lock()
        self.old_from = 0.0
        self.not_before = 0.0

    async def published(self) -> Published:
        """Return the cached data. Ask the provider first if there is none or it is too old."""
        if self.known is None or (monotonic() >= self.old_from and not self.asking.locked()):
            await self.ask(self.known)
        return self.known or self.away()

    async def newer_than(self, known: Published) -> Published:
        """Return fresh data, because a key is unknown."""
        await self.ask(known)
        return self.known or self.away()

    async def ask(self, known: Published | None) -> None:
        """Refresh the cache, unless another request just did or tried."""
        async with self.asking:
            if self.known is not known or monotonic() < self.not_before:
                return
            self.not_before = monotonic() + self.settings.oidc_refresh_interval
            try:
                self.known = await fetch(self.settings, self.tls)
            except Exception:
                issuer = self.settings.oidc_issuer
                logger.warning("Could not read the keys of %s", issuer, exc_info=True)
            else:
                self.old_from = monotonic() + self.settings.oidc_keys_lifetime

    def away(self) -> Published:
        raise provider_is_away(self.settings)

    async def check(self) -> None:
        """Raise an error if no token can be checked, because the provider never answered."""
        await self.published()


class LimitedStream(httpx2.AsyncByteStream):
    """The body of an answer. It fails when it is too large."""

    def __init__(self, stream: httpx2.AsyncByteStream) -> None:
        self.stream = stream

    async def __aiter__(self) -> AsyncIterator[bytes]:
        size = 0
        async for part in self.stream:
            size += len(part)
            if size > LARGEST_ANSWER:
                raise ValueError("the answer is too large")
            yield part

    async def aclose(self) -> None:
        await self.stream.aclose()


async def limit_size(response: httpx2.Response) -> None:
    """Limit the size of an answer. A compressed one can grow without limit, and is refused."""
    if response.headers.get("Content-Encoding", "identity") != "identity":
        raise ValueError("the answer is compressed")
    if isinstance(response.stream, httpx2.AsyncByteStream):
        response.stream = LimitedStream(response.stream)


def client_options(settings: Settings, tls: SSLContext) -> dict[str, Any]:
    """Return the arguments of a client that asks the provider."""
    return {
        "event_hooks": {"response": [limit_size]},
        "headers": {"Accept-Encoding": "identity"},
        "timeout": settings.oidc_timeout,
        "verify": tls,
    }


async def fetch(settings: Settings, tls: SSLContext) -> Published:
    """Get the discovery document, check its issuer, and get its keys."""
    async with httpx2.AsyncClient(**client_options(settings, tls)) as client:
        address = settings.oidc_issuer.rstrip("/") + WELL_KNOWN
        document = await client.get(inside(settings, address))
        metadata = Metadata.model_validate(document.raise_for_status().json())
        if metadata.issuer != settings.oidc_issuer:
            raise ValueError(f"the issuer in the discovery document is {metadata.issuer}")
        keys = await client.get(inside(settings, metadata.jwks_uri))
        return Published(metadata, KeySet.import_key_set(keys.raise_for_status().json()))


def inside(settings: Settings, url: str) -> str:
    """Return the address at which the service reaches an address of the provider."""
    if settings.oidc_internal_origin is None or origin(url) != origin(settings.oidc_issuer):
        return url
    return settings.oidc_internal_origin + url.removeprefix(origin(url))


def origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def provider_is_away(settings: Settings) -> HTTPException:
    headers = {"Retry-After": str(max(1, ceil(settings.oidc_refresh_interval)))}
    return HTTPException(503, "The identity provider does not answer.", headers=headers)


def provider_is_wrong() -> HTTPException:
    return HTTPException(502, "The identity provider gave an invalid answer.")


async def get_provider(connection: HTTPConnection) -> Provider:
    provider: Provider = connection.state.provider
    return provider


ProviderDep = Annotated[Provider, Depends(get_provider)]
