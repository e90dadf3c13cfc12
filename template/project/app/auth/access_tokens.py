"""Access tokens: JSON Web Tokens (RFC 9068), signed with HMAC-SHA-256."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from uuid import UUID, uuid4

import jwt

from app.config import Settings

ALGORITHM = "HS256"
TYPE = "at+jwt"
LEEWAY = timedelta(seconds=10)
"""How much the clocks of two machines may differ."""
CLAIMS = ["iss", "aud", "exp", "iat", "jti", "sub", "scope", "ver"]


@dataclass(frozen=True)
class AccessToken:
    """The claims of a valid token."""

    user_id: UUID
    version: int
    scopes: frozenset[str]


def create_access_token(
    settings: Settings, user_id: UUID, version: int, scopes: Iterable[str]
) -> str:
    """Return a token for a user. It expires, or ends when the user's version changes."""
    now = datetime.now(UTC)
    key = settings.jwt_key.get_secret_value()
    claims = {
        "iss": settings.jwt_issuer,
        "aud": settings.jwt_issuer,
        "sub": str(user_id),
        "iat": now,
        "exp": now + timedelta(minutes=settings.access_token_minutes),
        "jti": str(uuid4()),
        "scope": " ".join(sorted(scopes)),
        "ver": version,
    }
    return jwt.encode(claims, key, ALGORITHM, headers={"kid": key_id(key), "typ": TYPE})


def read_access_token(settings: Settings, token: str) -> AccessToken:
    """Return the claims of a token. Raise `InvalidTokenError` if it is not valid here and now."""
    header = jwt.get_unverified_header(token)
    key = keys(settings).get(header.get("kid", ""))
    if key is None or header.get("typ") != TYPE:
        raise jwt.InvalidTokenError
    claims = jwt.decode(
        token,
        key,
        algorithms=[ALGORITHM],
        audience=settings.jwt_issuer,
        issuer=settings.jwt_issuer,
        leeway=LEEWAY,
        options={"require": CLAIMS},
    )
    return AccessToken(UUID(claims["sub"]), claims["ver"], frozenset(claims["scope"].split()))


def keys(settings: Settings) -> dict[str, str]:
    """Return the keys that verify tokens, by id: the current and the previous one."""
    accepted = [settings.jwt_key, settings.jwt_previous_key]
    values = [key.get_secret_value() for key in accepted if key]
    return {key_id(value): value for value in values}


def key_id(key: str) -> str:
    return sha256(key.encode()).hexdigest()[:16]
