"""A MongoDB-compatible server from a Python package."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from secantus import SecantusDBServer


@contextmanager
def embedded_mongodb(folder: Path) -> Iterator[str]:
    """Run a server with its data in a folder, and yield its URL."""
    folder.mkdir(parents=True, exist_ok=True)
    server = SecantusDBServer(storage_path=str(folder))
    server.start()
    try:
        yield server.uri
    finally:
        server.stop()
