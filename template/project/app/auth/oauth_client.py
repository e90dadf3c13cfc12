"""The authorization code flow with PKCE (RFC 6749, RFC 7636, RFC 9700)."""

import logging
import re
from typing import Annotated, Any

import httpx2
from authlib.common.urls import add_params_to_uri
from authlib.integrations.base_client import OAuthError
from authlib.integrations.httpx_client import AsyncOAuth2Client
from authlib.oauth2.rfc6749.parameters import prepare_grant_uri
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from fastapi import Depends, HTTPException
from joserfc.errors import InvalidKeyIdError

from app.auth.dependencies import unauthenticated
from app.auth.login_state import LoginState
from app.auth.provider import (
    Metadata,
    ProviderDep,
    client_options,
    inside,
    provider_is_away,
    provider_is_wrong,
)
from app.auth.provider_tokens import NOT_VALID, check_id_token
from app.auth.schemas import ERROR_CODE, AuthorizationRequest, Callback, TokenSet
from app.dependencies import SettingsDep

logger = logging.getLogger(__name__)


class OAuthClient:
    """The service as a client of the provider."""

    def __init__(self, settings: SettingsDep, provider: ProviderDep) -> None:
        self.settings = settings
        self.provider = provider
        kind = settings.oidc_audience_parameter
        self.audience = {kind: settings.oidc_audience} if kind else {}

    async def authorization_url(self, request: AuthorizationRequest) -> str:
        """Return the URL of the provider's login page."""
        published = await self.provider.published()
        url: str = prepare_grant_uri(
            published.metadata.authorization_endpoint,
            self.settings.oidc_client_id,
            **request.model_dump(exclude={"client_id", "scope"}, exclude_none=True),
            scope=" ".join(dict.fromkeys(f"{self.settings.oidc_scope} {request.scope}".split())),
            **self.audience,
        )
        return url

    async def begin(self, login: LoginState) -> str:
        """Return the URL for the service's own login."""
        return await self.authorization_url(
            AuthorizationRequest(
                redirect_uri=self.settings.oidc_redirect_uri,
                state=login.state,
                nonce=login.nonce,
                code_challenge=create_s256_code_challenge(login.code_verifier),
            )
        )

    async def finish(self, login: LoginState, answer: Callback) -> TokenSet:
        """Return the tokens for the provider's answer to a login."""
        await self.check_issuer(answer)
        if answer.code is None:
            raise login_failed(answer.error)
        try:
            tokens = await self.redeem(
                grant_type="authorization_code",
                code=answer.code,
                redirect_uri=self.settings.oidc_redirect_uri,
                code_verifier=login.code_verifier,
            )
            await self.check_id_token(tokens, login)
        except OAuthError as error:
            raise login_failed(reason(error)) from None
        except NOT_VALID:
            raise login_failed("its ID token is invalid") from None
        return tokens.model_copy(update={"next": login.next})

    async def redeem(self, **request: Any) -> TokenSet:
        """Exchange a code or a refresh token.

        Raises:
            OAuthError: the provider refuses it.
            HTTPException: the provider does not answer, or gives an invalid answer.

        """
        metadata = (await self.provider.published()).metadata
        try:
            async with self.client(metadata) as client:
                endpoint = inside(self.settings, metadata.token_endpoint)
                answer = await client.fetch_token(endpoint, **request, **self.audience)
            return TokenSet.model_validate(answer)
        except OAuthError:
            raise
        except httpx2.HTTPError as error:
            logger.warning("%s issued no tokens: %s", metadata.issuer, error)
            raise provider_is_away(self.settings) from None
        except Exception:
            logger.warning("%s gave an invalid answer", metadata.issuer, exc_info=True)
            raise provider_is_wrong() from None

    async def end(self, refresh_token: str | None, id_token: str | None) -> str | None:
        """Revoke the refresh token (RFC 7009). Return the provider's page for logout."""
        metadata = (await self.provider.published()).metadata
        if refresh_token and metadata.revocation_endpoint:
            try:
                async with self.client(metadata) as client:
                    endpoint = inside(self.settings, metadata.revocation_endpoint)
                    answer = await client.revoke_token(endpoint, refresh_token)
                answer.raise_for_status()
            except httpx2.HTTPError:
                raise provider_is_away(self.settings) from None
        if metadata.end_session_endpoint is None:
            return None
        hint = [("id_token_hint", id_token)] if id_token else []
        url: str = add_params_to_uri(
            metadata.end_session_endpoint, [("client_id", self.settings.oidc_client_id), *hint]
        )
        return url

    def client(self, metadata: Metadata) -> Any:
        """Return a client. Authlib does not declare its type."""
        secret = self.settings.oidc_client_secret
        basic = "client_secret_basic" in metadata.token_endpoint_auth_methods_supported
        method = "client_secret_basic" if basic else "client_secret_post"
        return AsyncOAuth2Client(
            self.settings.oidc_client_id,
            secret.get_secret_value() if secret else None,
            token_endpoint_auth_method=method if secret else "none",
            revocation_endpoint_auth_method=method if secret else "none",
            **client_options(self.settings, self.provider.tls),
        )

    async def check_issuer(self, answer: Callback) -> None:
        """Refuse an answer of another provider (RFC 9207)."""
        metadata = (await self.provider.published()).metadata
        expected = metadata.authorization_response_iss_parameter_supported
        if (answer.iss or expected) and answer.iss != metadata.issuer:
            raise HTTPException(400, "The answer is from another provider.")

    async def check_id_token(self, tokens: TokenSet, login: LoginState) -> None:
        published = await self.provider.published()
        try:
            check_id_token(self.settings, published.keys, tokens, login.nonce)
        except InvalidKeyIdError:
            newer = await self.provider.newer_than(published)
            check_id_token(self.settings, newer.keys, tokens, login.nonce)


def reason(error: OAuthError) -> str | None:
    """Return the provider's error code, if it is one (RFC 6749, section 5.2)."""
    code = error.error
    return code if isinstance(code, str) and re.fullmatch(ERROR_CODE, code) else None


def login_failed(reason: str | None) -> HTTPException:
    return unauthenticated(f"The login failed: {reason or 'the provider gives no reason'}.")


OAuthClientDep = Annotated[OAuthClient, Depends()]
