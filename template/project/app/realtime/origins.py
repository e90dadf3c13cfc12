"""Which pages may open a WebSocket: browsers ask no leave for it, but name the page's origin (RFC 6455)."""

from urllib.parse import urlsplit

from fastapi import HTTPException, WebSocket

from app.config import Settings


def refuse_other_origins(websocket: WebSocket, settings: Settings) -> None:
    """Let pages of this host and of the origins for CORS pass, and who is no browser."""
    origin = websocket.headers.get("Origin")
    allowed = {origin, "*"} & set(settings.cors_origins)
    if origin and not allowed and urlsplit(origin).netloc != websocket.headers.get("Host"):
        raise HTTPException(403, "Pages of this origin may not connect.")
