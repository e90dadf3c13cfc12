"""Hypercorn, with settings that have no command-line option and limits that it does not have.

It is the main module of the server, so that each worker imports it (`multiprocessing`, spawn).
"""

import logging
import signal
import sys

import h11
import wsproto.events
from hypercorn import protocol
from hypercorn.__main__ import main
from hypercorn.events import Closed, Updated
from hypercorn.protocol.events import StreamClosed
from hypercorn.protocol.h11 import H11Protocol
from hypercorn.protocol.ws_stream import WSStream
from wsproto.frame_protocol import CloseReason

worker_class = "uvloop"
keep_alive_timeout = 10
websocket_max_message_size = 65_536
include_server_header = False
access_log_format = '%(h)s "%(r)s" %(s)s %(b)s "%(f)s" "%(a)s"'
accesslog = logging.getLogger("hypercorn.access")
errorlog = logging.getLogger("hypercorn.error")

# When the first worker ends, the master terminates the others. They inherit the ignored signal,
# so they finish their requests. The master sets a handler of its own.
signal.signal(signal.SIGTERM, signal.SIG_IGN)


class LimitedProtocol(H11Protocol):
    async def _check_protocol(self, event: h11.Request) -> None:
        """Begin HTTP/2 with its preface only: a proxy would not see what follows an upgrade."""
        if event.method == b"PRI" and not event.headers:
            await self.send(Updated(idle=True))
            await super()._check_protocol(event)

    async def _create_stream(self, request: h11.Request) -> None:
        """Refuse a request whose length is ambiguous (RFC 9112, 6.1), or that has binary subprotocols."""
        headers = dict(request.headers)
        is_ambiguous = {b"content-length", b"transfer-encoding"} <= headers.keys()
        if is_ambiguous or not headers.get(b"sec-websocket-protocol", b"").isascii():
            await self._send_error_response(400)
            await self.send(Closed())
        else:
            await super()._create_stream(request)


class LimitedStream(WSStream):
    """A WebSocket whose connection ends with a handshake refused, or a message that is too large."""

    async def _send_error_response(self, status_code: int) -> None:
        await super()._send_error_response(status_code)
        await self.send(StreamClosed(stream_id=self.stream_id))

    async def _send_wsproto_event(self, event: wsproto.events.Event) -> None:
        await super()._send_wsproto_event(event)
        if getattr(event, "code", None) == CloseReason.MESSAGE_TOO_BIG:
            await self.send(StreamClosed(stream_id=self.stream_id))


# Hypercorn names its protocols nowhere else than in its modules.
protocol.H11Protocol = LimitedProtocol  # type: ignore[misc]
protocol.h11.WSStream = protocol.h2.WSStream = LimitedStream  # type: ignore[misc]

if __name__ == "__main__":
    sys.exit(main())
