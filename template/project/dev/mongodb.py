"""A MongoDB-compatible server from a Python package."""

from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from secantus import SecantusDBServer


@contextmanager
def embedded_mongodb(folder: Path) -> Generator[str]:
    """Run a server with its data in a folder, and yield its URL. One process at a time can do so."""
    folder.mkdir(parents=True, exist_ok=True)
    try:
        server = SecantusDBServer(storage_path=str(folder))
    except Exception as error:
        if "busy" not in str(error):
            raise
        raise SystemExit(f"{folder} is in use. Stop the other `uv run -m dev` first.") from None
    server.start()
    try:
        yield server.uri
    finally:
        server.stop()
