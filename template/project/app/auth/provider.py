"""What the provider publishes: its endpoints and its keys (OpenID Connect Discovery 1.0)."""

import asyncio
import logging
from dataclasses import dataclass
from ssl import SSLContext
from time import monotonic
from typing import Annotated

import httpx2
from fastapi import Depends, HTTPException
from fastapi.requests import HTTPConnection
from joserfc.jwk import KeySet
from pydantic import BaseModel

from app.auth.config import AuthSettings

logger = logging.getLogger(__name__)

WELL_KNOWN = "/.well-known/openid-configuration"


class Metadata(BaseModel):
    """The part of a discovery document that the service needs."""

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    end_session_endpoint: str | None = None
    revocation_endpoint: str | None = None
    token_endpoint_auth_methods_supported: list[str] = ["client_secret_basic"]
    authorization_response_iss_parameter_supported: bool = False


@dataclass(frozen=True, eq=False)
class Published:
    """What the provider published at one time."""

    metadata: Metadata
    keys: KeySet


class Provider:
    """Knows what the provider publishes: asks when there is need, and never too often.

    What is known already serves on while the provider is away.
    """

    def __init__(self, settings: AuthSettings) -> None:
        self.settings = settings
        self.tls = httpx2.create_ssl_context()
        self.known: Published | None = None
        self.asking = asyncio.Lock()
        self.old_from = 0.0
        self.not_before = 0.0

    async def published(self) -> Published:
        """Return what is known; ask first where that is nothing, or old."""
        if self.known is None or (monotonic() >= self.old_from and not self.asking.locked()):
            await self.ask(self.known)
        return self.known or self.away()

    async def newer_than(self, known: Published) -> Published:
        """Return what the provider publishes now, for a key that is not among those known."""
        await self.ask(known)
        return self.known or self.away()

    async def ask(self, known: Published | None) -> None:
        """Replace what is known, unless another request has just done so, or has just asked."""
        async with self.asking:
            if self.known is not known or monotonic() < self.not_before:
                return
            self.not_before = monotonic() + self.settings.oidc_refresh_interval
            try:
                self.known = await fetch(self.settings, self.tls)
            except Exception:
                logger.warning("%s does not answer", self.settings.oidc_issuer, exc_info=True)
            else:
                self.old_from = monotonic() + self.settings.oidc_keys_lifetime

    def away(self) -> Published:
        raise provider_is_away(self.settings)

    async def check(self) -> None:
        """Raise where no token could be read: a provider that answered once is not asked again."""
        await self.published()


async def fetch(settings: AuthSettings, tls: SSLContext) -> Published:
    """Get the discovery document, which must be that of the issuer, and the keys that it names."""
    async with httpx2.AsyncClient(timeout=settings.oidc_timeout, verify=tls) as client:
        document = await client.get(settings.oidc_issuer.rstrip("/") + WELL_KNOWN)
        metadata = Metadata.model_validate(document.raise_for_status().json())
        if metadata.issuer != settings.oidc_issuer:
            raise ValueError(f"the issuer says that it is {metadata.issuer}")
        keys = await client.get(metadata.jwks_uri)
        return Published(metadata, KeySet.import_key_set(keys.raise_for_status().json()))


def provider_is_away(settings: AuthSettings) -> HTTPException:
    headers = {"Retry-After": f"{settings.oidc_refresh_interval:.0f}"}
    return HTTPException(503, "The identity provider does not answer.", headers=headers)


async def get_provider(connection: HTTPConnection) -> Provider:
    provider: Provider = connection.state.provider
    return provider


ProviderDep = Annotated[Provider, Depends(get_provider)]
