"""A Redis-compatible server from a Python package."""

from collections.abc import Generator
from contextlib import contextmanager
from socket import IPPROTO_TCP, TCP_NODELAY, socket
from threading import Thread
from typing import Any

from fakeredis import TcpFakeServer


# {% if tasks == 'rq' %}
class Connection(socket):
    """A connection that names its ends as Redis does. RQ asks for them with CLIENT INFO."""

    def getpeername(self) -> str:
        return "{}:{}".format(*super().getpeername())

    def getsockname(self) -> str:
        return "{}:{}".format(*super().getsockname())


# {% endif %}
class Server(TcpFakeServer):
    """The package's server, with TCP_NODELAY: it answers a pipeline in many small pieces."""

    def get_request(self) -> tuple[socket, Any]:
        connection, address = super().get_request()
        connection.setsockopt(IPPROTO_TCP, TCP_NODELAY, 1)
        # {% if tasks == 'rq' %}
        return Connection(fileno=connection.detach()), address
        # {% else %}
        return connection, address
        # {% endif %}


@contextmanager
def embedded_redis(port: int = 0) -> Generator[str]:
    """Run a server with its data in memory, and yield its URL."""
    server = Server(("127.0.0.1", port))
    server.daemon_threads = True
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield f"redis://127.0.0.1:{server.server_address[1]}/0"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
