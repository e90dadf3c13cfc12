"""Requests and responses."""

from typing import Annotated, Literal, Self

from pydantic import BaseModel, Field, model_validator

from app.schemas import Schema

LocalPath = Annotated[
    str,
    Field(
        description="A path of this service.",
        max_length=1000,
        pattern=r"^/([!-.0-\[\]-~][!-\[\]-~]*)?$",
    ),
]
ASCII = r"^[ -~]*$"
Parameter = Annotated[str, Field(max_length=4000, pattern=ASCII)]
Issued = Annotated[str, Field(max_length=16_000, pattern=ASCII)]
Verifier = Annotated[str, Field(pattern=r"^[A-Za-z0-9._~-]{43,128}$")]
ERROR_CODE = r"^[a-z_]{1,100}$"
ErrorCode = Annotated[str, Field(pattern=ERROR_CODE)]


class AuthorizationRequest(BaseModel):
    """A request for an authorization code with PKCE (RFC 6749, RFC 7636)."""

    response_type: Literal["code"] = "code"
    client_id: Parameter = ""
    redirect_uri: Parameter
    scope: Parameter = ""
    state: Parameter
    nonce: Parameter | None = None
    code_challenge: Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{43}$")]
    code_challenge_method: Literal["S256"] = "S256"


class Callback(BaseModel):
    """The provider's answer in the query of the redirect (RFC 6749, RFC 9207)."""

    state: Parameter
    code: Parameter | None = None
    error: ErrorCode | None = None
    iss: Parameter | None = None


class TokenRequest(BaseModel):
    """A code with its proof (RFC 7636), or a refresh token, to exchange (RFC 6749).

    The service adds its own secret.
    """

    grant_type: Literal["authorization_code", "refresh_token"]
    code: Parameter | None = None
    redirect_uri: Parameter | None = None
    code_verifier: Verifier | None = None
    refresh_token: Issued | None = None
    scope: Parameter | None = None

    @model_validator(mode="after")
    def require_proof(self) -> Self:
        page = ("code", "redirect_uri", "code_verifier")
        needed = page if self.grant_type == "authorization_code" else ("refresh_token",)
        for name in needed:
            if not getattr(self, name):
                raise ValueError(f"{name} is required")
        return self


class TokenSet(BaseModel):
    """The provider's tokens (RFC 6749, section 5.1; OpenID Connect Core 1.0, section 3.1.3.3)."""

    access_token: Issued
    token_type: Issued
    expires_in: int | None = None
    refresh_token: Issued | None = None
    scope: Issued | None = None
    id_token: Issued | None = None
    next: str | None = Field(None, description="Where the browser goes: the `next` of `/login`.")


class LogoutRequest(Schema):
    """The tokens of a finished login."""

    refresh_token: Issued | None = None
    id_token: Issued | None = None


class Logout(BaseModel):
    """The provider's page for logout, if it has one."""

    end_session_url: str | None
