"""Uvicorn's HTTP protocol, with the limits for the head of a request that Uvicorn does not have."""

from asyncio import TimerHandle, Transport

from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

HEAD_SIZE = 65_536
HEAD_FIELDS = 100
HEAD_SECONDS = 10.0
CLOSE = b"content-length: 0\r\nconnection: close\r\n\r\n"


class LimitedProtocol(HttpToolsProtocol):
    """Refuse a head that is too large (431), and end a connection whose head does not arrive in time.

    A head is the request line and the headers (RFC 9112, 2.1).
    """

    head_complete = False
    head_size = 0
    chunk_size = 0
    head_timer: TimerHandle | None = None

    def connection_made(self, transport: Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self.start_timer()

    def connection_lost(self, exc: Exception | None) -> None:
        self.stop_timer()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        self.chunk_size = len(data)
        super().data_received(data)
        if self.head_complete or self.transport.is_closing():
            return
        self.head_size += len(data)
        if self.head_size > HEAD_SIZE:
            self.refuse_head()
        elif self.head_timer is None:
            self.start_timer()

    def on_message_begin(self) -> None:
        self.head_complete = False
        self.head_size = 0
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        self.head_complete = True
        self.stop_timer()
        if len(self.headers) > HEAD_FIELDS or self.is_too_large():
            self.refuse_head()
            raise ValueError("The head is too large.")
        super().on_headers_complete()

    def is_too_large(self) -> bool:
        if self.head_size + self.chunk_size <= HEAD_SIZE:
            return False
        size = sum(len(name) + len(value) for name, value in self.headers)
        return len(self.url) + size > HEAD_SIZE

    def send_400_response(self, msg: str) -> None:
        if not self.transport.is_closing():
            super().send_400_response(msg)

    def refuse_head(self) -> None:
        self.transport.write(STATUS_LINE[431] + CLOSE)
        self.transport.close()

    def start_timer(self) -> None:
        self.head_timer = self.loop.call_later(HEAD_SECONDS, self.end_waiting)

    def stop_timer(self) -> None:
        if self.head_timer:
            self.head_timer.cancel()
            self.head_timer = None

    def end_waiting(self) -> None:
        """Close the connection, unless an earlier request is still being answered."""
        if self.cycle is None or self.cycle.response_complete:
            self.transport.close()
        else:
            self.start_timer()
