import shutil
from collections.abc import Callable, Generator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest

from tests.services import Running, free_port, install, make_service, started

Serve = Callable[..., AbstractContextManager[Running]]
Notes = Callable[[], list[str]]

_PROBE = Path(__file__).parent / "service" / "probe.py"
_ROUTER = '    app.include_router(items_router, prefix="/api/v1")\n'


def add_probe(service: Path) -> None:
    """Add routes and a lifespan to a service, as a user does it."""
    shutil.copy(_PROBE, service / "app" / "probe.py")
    main = service / "app" / "main.py"
    code = main.read_text()
    for old, new in (
        (_ROUTER, f"{_ROUTER}    app.include_router(probe.router)\n"),
        ("bootstrap.lifespan", "probe.lifespan"),
        ("import __version__, bootstrap", "import __version__, bootstrap, probe"),
    ):
        assert old in code
        code = code.replace(old, new)
    main.write_text(code)


@contextmanager
def served(
    service: Path, variables: dict[str, str], port: int | None = None, notes: Path | None = None
) -> Generator[Running]:
    """Serve as in production, on a port of loopback, until the end of the block."""
    port = port or free_port()
    settings = {"SERVER_PORT": str(port), "NOTES": str(notes or service.with_name("notes.txt")), **variables}
    command = [str(service / ".venv" / "bin" / "python"), "-m", "serve"]
    host = "::1" if variables.get("SERVER_HOST") == "::1" else "127.0.0.1"
    with started(command, service, port, settings, host) as running:
        yield running


@pytest.fixture(scope="session")
def probed(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Path]:
    """Return what makes a service with the probe, installed, once for the same answers."""
    made: dict[str, Path] = {}

    def make(**answers: object) -> Path:
        if repr(answers) not in made:
            service = tmp_path_factory.mktemp("probed") / "service"
            make_service(service, **answers)
            add_probe(service)
            install(service)
            made[repr(answers)] = service
        return made[repr(answers)]

    return make


@pytest.fixture
def serve(tmp_path: Path, probed: Callable[..., Path]) -> Serve:
    """Return what serves a service with the probe until the end of a block."""

    def serve(variables: dict[str, str], **answers: object) -> AbstractContextManager[Running]:
        return served(probed(**answers), variables, notes=tmp_path / "notes.txt")

    return serve


@pytest.fixture
def notes(tmp_path: Path) -> Notes:
    """Return what reads the notes so far of the process that took the first one."""

    def read() -> list[str]:
        path = tmp_path / "notes.txt"
        notes = [line.split() for line in path.read_text().splitlines()] if path.exists() else []
        return [text for text, process in notes if process == notes[0][1]]

    return read
