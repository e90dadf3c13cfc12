"""Gunicorn's ASGI worker, with limits that Gunicorn does not have."""

import socket
import sys
from asyncio import Event, TimerHandle, Transport
from functools import partial
from typing import Any, ClassVar
from weakref import WeakSet

from gunicorn.asgi.protocol import ASGIProtocol
from gunicorn.workers import gasgi

UNREAD_SECONDS = 20
"""How long a client may read nothing of what is sent to it."""


class LimitedProtocol(ASGIProtocol):
    """Give the first request of a connection the time that Gunicorn gives the next ones."""

    connections: ClassVar[WeakSet[Any]] = WeakSet()
    _keepalive_handle: TimerHandle | None
    _request_ready: Event

    def connection_made(self, transport: Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._arm_keepalive_timer()  # type: ignore[attr-defined]
        self.connections.add(self)
        if sys.platform == "linux":
            option = (socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, UNREAD_SECONDS * 1_000)
            transport.get_extra_info("socket").setsockopt(*option)

    def data_received(self, data: bytes) -> None:
        try:
            super().data_received(data)
        except ValueError:  # a length of thousands of digits
            self._send_error_response(400, "Bad Request")  # type: ignore[attr-defined]
            self._close_transport()  # type: ignore[attr-defined]

    def close_if_idle(self) -> None:
        if self._keepalive_handle and not self._request_ready.is_set():
            self._keepalive_timeout()  # type: ignore[attr-defined]


class Worker(gasgi.ASGIWorker):
    """Gunicorn names the protocol nowhere else than in its module."""

    loop: Any

    def run(self) -> None:
        gasgi.ASGIProtocol = LimitedProtocol  # type: ignore[attr-defined]
        # Without a backlog, the loop sets its own on Gunicorn's socket.
        self.loop.create_server = partial(self.loop.create_server, backlog=self.cfg.backlog)
        super().run()

    async def _shutdown(self) -> None:
        """Close idle connections. Gunicorn would wait for them."""
        for connection in set(LimitedProtocol.connections):
            connection.close_if_idle()
        await super()._shutdown()  # type: ignore[misc]
