"""Check the origin of WebSockets (RFC 6455), because CORS does not apply to them."""

from urllib.parse import urlsplit

from fastapi import HTTPException, WebSocket

from app.config import Settings


def refuse_other_origins(websocket: WebSocket, settings: Settings) -> None:
    """Accept pages of this host, pages of the CORS origins, and clients other than browsers."""
    origin = websocket.headers.get("Origin")
    allowed = {origin, "*"} & set(settings.cors_origins)
    if origin and not allowed and urlsplit(origin).netloc != websocket.headers.get("Host"):
        raise HTTPException(403, "Pages of this origin may not connect.")
