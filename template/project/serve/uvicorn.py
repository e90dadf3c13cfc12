"""Uvicorn's protocols, with the limits for the head of a request that Uvicorn does not have."""

import socket
import sys
from asyncio import Transport

from uvicorn._types import ASGISendEvent
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

HEAD_SIZE = 65_536
HEAD_FIELDS = 100
UNREAD_SECONDS = 20
"""How long a client may read nothing of what is sent to it."""
CLOSE = b"content-length: 0\r\nconnection: close\r\n\r\n"


class LimitedProtocol(HttpToolsProtocol):
    """Refuse a head that is too large (431), and end a connection whose head does not arrive in time.

    A head is the request line and the headers (RFC 9112, 2.1). Trailers are dropped, and may be as
    large as a head.
    """

    head_complete = False
    chunk_size = 0
    head_size = 0
    """Bytes since the head began, or since the last part of the body."""

    def connection_made(self, transport: Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        if sys.platform == "linux":
            option = (socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, UNREAD_SECONDS * 1_000)
            transport.get_extra_info("socket").setsockopt(*option)
        self.timeout_keep_alive_task = self.loop.call_later(
            self.timeout_keep_alive, self.timeout_keep_alive_handler
        )

    def connection_lost(self, exc: Exception | None) -> None:
        self.stop_timer()
        super().connection_lost(exc)

    def _unset_keepalive_if_required(self) -> None:
        """Keep the timer at any data: only a complete head stops it."""

    def stop_timer(self) -> None:
        super()._unset_keepalive_if_required()

    def data_received(self, data: bytes) -> None:
        self.chunk_size = len(data)
        super().data_received(data)
        self.head_size += len(data)
        if self.head_size > HEAD_SIZE and not self.transport.is_closing():
            self.refuse_head()

    def on_message_begin(self) -> None:
        self.head_complete = False
        self.head_size = 0
        super().on_message_begin()

    def on_header(self, name: bytes, value: bytes) -> None:
        if not self.head_complete:
            super().on_header(name, value)

    def on_headers_complete(self) -> None:
        self.head_complete = True
        self.stop_timer()
        if len(self.headers) > HEAD_FIELDS or self.is_too_large():
            self.refuse_head()
            raise ValueError("The head is too large.")
        self.head_size = -self.chunk_size
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        self.head_size = -self.chunk_size
        super().on_body(body)

    def is_too_large(self) -> bool:
        if self.head_size + self.chunk_size <= HEAD_SIZE:
            return False
        size = sum(len(name) + len(value) for name, value in self.headers)
        return len(self.url) + size > HEAD_SIZE

    def send_400_response(self, msg: str) -> None:
        if not self.transport.is_closing():
            super().send_400_response(msg)

    def refuse_head(self) -> None:
        """Close the connection, and say why unless an earlier request is still being answered."""
        if self.cycle is None or self.cycle.response_complete:
            self.transport.write(STATUS_LINE[431] + CLOSE)
        self.transport.close()


class WebSocketProtocol(WebSocketsSansIOProtocol):
    """Uvicorn 0.54 takes a handshake that was refused for one that was never answered, and logs it."""

    async def send(self, message: ASGISendEvent) -> None:
        await super().send(message)
        self.handshake_complete = self.handshake_complete or self.close_sent
