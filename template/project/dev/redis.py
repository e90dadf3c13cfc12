"""The Redis protocol without an installation: the server is a Python package."""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Thread

from fakeredis import TcpFakeServer


@contextmanager
def embedded_redis(port: int = 0) -> Iterator[str]:
    """Run a server that keeps its data in memory, and give its URL."""
    server = TcpFakeServer(("127.0.0.1", port))
    server.daemon_threads = True
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield f"redis://127.0.0.1:{server.server_address[1]}/0"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
