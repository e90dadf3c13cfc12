"""Gunicorn's ASGI worker, which also ends a connection whose first request does not arrive."""

from asyncio import Transport

from gunicorn.asgi.protocol import ASGIProtocol
from gunicorn.workers import gasgi


class LimitedProtocol(ASGIProtocol):
    """Give the first request of a connection the time that Gunicorn gives the next ones."""

    def connection_made(self, transport: Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._arm_keepalive_timer()  # type: ignore[attr-defined]


class Worker(gasgi.ASGIWorker):
    """Gunicorn names the protocol nowhere else than in its module."""

    def run(self) -> None:
        gasgi.ASGIProtocol = LimitedProtocol  # type: ignore[attr-defined]
        super().run()
