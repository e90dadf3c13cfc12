"""An OpenID Connect provider for development: `uv run -m dev.provider`. It asks for no password."""

import threading
import time
from collections.abc import Generator
from contextlib import contextmanager
from typing import Any

import oidc_provider_mock
from authlib.oauth2.rfc6749 import AuthorizationCodeGrant, RefreshTokenGrant
from flask import Flask, g, request
from joserfc import jwt
from joserfc.jwk import RSAKey
from werkzeug.serving import make_server

from app.config import load_settings

PORT = 9400
USERS = [
    oidc_provider_mock.User(sub="ada", claims={"email": "ada@example.com"}),
    oidc_provider_mock.User(sub="root", claims={"email": "root@example.com", "roles": ["admin"]}),
]


class DevelopmentProvider:
    """A provider that issues JSON Web Tokens (RFC 9068) for the service as access tokens.

    It accepts any client, with or without a secret.
    """

    def __init__(self, audience: str) -> None:
        self.audience = audience
        self.issuer = ""
        self.requests: list[dict[str, str]] = []
        self.app = Flask(oidc_provider_mock.__name__)
        self.app.config["OAUTH2_ACCESS_TOKEN_GENERATOR"] = self.access_token
        for grant in (AuthorizationCodeGrant, RefreshTokenGrant):
            setattr(grant, "TOKEN_ENDPOINT_AUTH_METHODS", ["client_secret_basic", "none"])  # noqa: B010
        oidc_provider_mock.init_app(self.app, user_claims=USERS)
        self.app.before_request(lambda: self.requests.append(request.form.to_dict()))
        with self.app.test_request_context():
            self.app.preprocess_request()
            self.key = RSAKey.import_key(g.oidc_provider_mock_storage.jwk.as_dict(is_private=True))

    def access_token(self, client: Any, grant_type: str, user: Any, scope: str) -> str:
        return self.sign({"sub": user.sub, "client_id": client.id, "scope": scope, **user.claims})

    def sign(self, claims: dict[str, Any]) -> str:
        """Return an access token with these claims."""
        now = int(time.time())
        times = {"iat": now, "exp": now + 3600}
        header = {"alg": "RS256", "typ": "at+jwt", "kid": self.key.thumbprint()}
        said = {"iss": self.issuer, "aud": self.audience, **times, **claims}
        return jwt.encode(header, said, self.key)


@contextmanager
def development_provider(audience: str, port: int = 0) -> Generator[DevelopmentProvider]:
    """Run a provider on loopback."""
    provider = DevelopmentProvider(audience)
    server = make_server("127.0.0.1", port, provider.app, threaded=True)
    provider.issuer = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    try:
        yield provider
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def main() -> None:
    with development_provider(load_settings().oidc_audience, PORT) as provider:
        print(f"{provider.issuer} has the users ada and root (admin). Press Ctrl-C to stop it.")  # noqa: T201
        threading.Event().wait()


if __name__ == "__main__":
    main()
