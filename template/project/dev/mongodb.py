"""MongoDB's wire protocol without an installation: the server is a Python package."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from secantus import SecantusDBServer


@contextmanager
def embedded_mongodb(folder: Path) -> Iterator[str]:
    """Run a server on the data in a folder, and give its URL."""
    folder.mkdir(parents=True, exist_ok=True)
    server = SecantusDBServer(storage_path=str(folder))
    server.start()
    try:
        yield server.uri
    finally:
        server.stop()
