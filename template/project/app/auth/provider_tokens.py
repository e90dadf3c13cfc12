"""Check the provider's tokens: access tokens (RFC 9068), ID tokens (OpenID Connect Core 1.0)."""

from typing import Any

from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.errors import InvalidClaimError, JoseError
from joserfc.jwk import KeySet
from joserfc.jws import JWSRegistry
from joserfc.jwt import JWTClaimsRegistry, Token

from app.auth.schemas import TokenSet
from app.auth.scopes import SCOPES, SCOPES_OF_ROLE, Role
from app.config import Settings

Claims = dict[str, Any]

NOT_VALID = (JoseError, ValueError, TypeError, RecursionError)
"""What the libraries raise for a token: also for values of a wrong type, and for deep nesting."""

MARKS_OF_ID_TOKENS = {"nonce", "at_hash", "c_hash", "s_hash"}


def read_access_token(settings: Settings, keys: KeySet, token: str) -> Claims:
    """Return the claims of an access token.

    Raises:
        InvalidKeyIdError: it is signed with an unknown key.
        JoseError: it is from or for another service, expired, or no access token.
        ValueError, TypeError, RecursionError: it is malformed.

    """
    decoded = decode(settings, keys, token)
    shared = settings.oidc_audience == settings.oidc_client_id
    if not is_access_token(decoded) or (shared and not is_marked(decoded)):
        raise InvalidClaimError("typ")
    JWTClaimsRegistry(
        leeway=settings.oidc_leeway,
        iss={"essential": True, "value": settings.oidc_issuer},
        aud={"essential": True, "value": settings.oidc_audience},
        sub={"essential": True},
        exp={"essential": True},
        iat={"essential": True},
    ).validate(decoded.claims)
    return decoded.claims


def is_access_token(token: Token) -> bool:
    """Refuse ID tokens: by the type (RFC 9068), or by claims that only ID tokens have."""
    if media_type(token) == "jwt":
        kind = token.claims.get("typ", "Bearer")  # Keycloak's type claim
        return kind == "Bearer" and not MARKS_OF_ID_TOKENS & token.claims.keys()
    return media_type(token) == "at+jwt"


def is_marked(token: Token) -> bool:
    """Require what only access tokens have, where the audience does not tell them apart."""
    scopes = token.claims.get("scope") or token.claims.get("scp")
    return media_type(token) == "at+jwt" or token.claims.get("typ") == "Bearer" or bool(scopes)


def media_type(token: Token) -> str:
    name: str = token.header.get("typ", "JWT")
    return name.lower().removeprefix("application/")


def check_id_token(settings: Settings, keys: KeySet, tokens: TokenSet, nonce: str) -> None:
    """Check that the ID token is for this client, this login and this access token."""
    decoded = decode(settings, keys, tokens.id_token or "")
    audience = {"essential": True, "value": settings.oidc_client_id}
    expected = {"iss": {"essential": True, "value": settings.oidc_issuer}, "aud": audience}
    known = {
        "nonce": nonce,
        "client_id": settings.oidc_client_id,
        "access_token": tokens.access_token,
    }
    CodeIDToken(decoded.claims, decoded.header, expected, known).validate(
        leeway=settings.oidc_leeway
    )


def decode(settings: Settings, keys: KeySet, token: str) -> Token:
    registry = JWSRegistry(algorithms=settings.oidc_algorithms, strict_check_header=False)
    return jwt.decode(token, keys, registry=registry)


def role_of(settings: Settings, claims: Claims) -> Role:
    """Return the role in the roles claim: a name, or a path like `realm_access.roles`."""
    path = settings.oidc_roles_claim
    roles: Any = claims
    for name in [path] if path in claims else path.split("."):
        roles = roles.get(name) if isinstance(roles, dict) else None
    return "admin" if settings.oidc_admin_role in texts(roles) else "user"


def scopes_of(claims: Claims, role: Role) -> frozenset[str]:
    """Return the scopes of the role. If the token names some of our scopes, return only those."""
    said = " ".join(texts(claims.get("scope", claims.get("scp")))).split()
    named = SCOPES.keys() & said
    return SCOPES_OF_ROLE[role] & named if named else SCOPES_OF_ROLE[role]


def texts(value: Any) -> list[str]:
    listed = value if isinstance(value, list) else [value]
    return [text for text in listed if isinstance(text, str)]
