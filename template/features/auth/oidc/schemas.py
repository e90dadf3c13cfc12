"""What clients send and get."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

LocalPath = Annotated[
    str,
    Field(
        description="A path of this service.",
        max_length=1000,
        pattern=r"^/([!-.0-\[\]-~][!-\[\]-~]*)?$",
    ),
]
Parameter = Annotated[str, Field(max_length=4000)]
ErrorCode = Annotated[str, Field(max_length=100, pattern=r"^[a-z_]+$")]


class AuthorizationRequest(BaseModel):
    """A request for a code, bound to whoever holds the verifier (RFC 6749, RFC 7636)."""

    response_type: Literal["code"] = "code"
    client_id: Parameter = ""
    redirect_uri: Parameter
    scope: Parameter = ""
    state: Parameter
    nonce: Parameter | None = None
    code_challenge: Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{43}$")]
    code_challenge_method: Literal["S256"] = "S256"


class Callback(BaseModel):
    """What the provider answers by way of the browser (RFC 6749, RFC 9207)."""

    state: Parameter
    code: Parameter | None = None
    error: ErrorCode | None = None
    iss: Parameter | None = None


class TokenRequest(BaseModel):
    """A code, or a refresh token, to be exchanged (RFC 6749); the service adds its own secret."""

    grant_type: Literal["authorization_code", "refresh_token"]
    code: Parameter | None = None
    redirect_uri: Parameter | None = None
    code_verifier: Parameter | None = None
    refresh_token: Parameter | None = None
    scope: Parameter | None = None


class TokenSet(BaseModel):
    """What the provider gives (RFC 6749, section 5.1; OpenID Connect Core 1.0, section 3.1.3.3)."""

    access_token: str
    token_type: str
    expires_in: int | None = None
    refresh_token: str | None = None
    scope: str | None = None
    id_token: str | None = None
    next: str | None = Field(None, description="Where the login leads: what `/login` was told.")


class LogoutRequest(BaseModel):
    """The tokens of a login that ends."""

    model_config = ConfigDict(extra="forbid")

    refresh_token: Parameter | None = None
    id_token: Parameter | None = None


class Logout(BaseModel):
    """Where the browser goes to end its session with the provider, if that has such a page."""

    end_session_url: str | None
