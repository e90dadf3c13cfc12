"""Values that only this service can read and make: encrypted with `OIDC_LOGIN_KEY`."""

from hashlib import sha256
from typing import TypeVar

from joserfc import jwt
from joserfc.jwe import JWERegistry
from joserfc.jwk import OctKey
from pydantic import BaseModel

from app.auth.claims import NOT_VALID
from app.auth.config import AuthSettings

REGISTRY = JWERegistry(algorithms=["dir", "A256GCM"])

Sealed = TypeVar("Sealed", bound=BaseModel)


def seal(settings: AuthSettings, value: BaseModel) -> str:
    header = {"alg": "dir", "enc": "A256GCM"}
    return jwt.encode(header, value.model_dump(), key(settings), registry=REGISTRY)


def unseal(settings: AuthSettings, kind: type[Sealed], text: str) -> Sealed | None:
    """Decrypt a value. Return None if it is not from this service, or of another kind."""
    try:
        return kind.model_validate(jwt.decode(text, key(settings), registry=REGISTRY).claims)
    except NOT_VALID:
        return None


def key(settings: AuthSettings) -> OctKey:
    return OctKey.import_key(sha256(settings.oidc_login_key.get_secret_value().encode()).digest())
