import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Thread

import pytest

# {% if websockets != 'none' %}
from app.config import STOPPING, Settings, env_name, load_settings
# {% else %}
from app.config import Settings, env_name, load_settings
# {% endif %}
from serve import process
from serve.config import ServerSettings
from serve.process import serve

SERVER = """
import os, pathlib, signal, sys, time

drain_file, log = pathlib.Path(os.environ[sys.argv[1]]), pathlib.Path(sys.argv[2])

def end(signum, frame):
# {% if websockets != 'none' %}
    log.write_text(drain_file.read_text())
# {% else %}
    log.write_text("drained" if drain_file.exists() else "at once")
# {% endif %}
    sys.exit(3)

signal.signal(signal.SIGTERM, end)
log.touch()
while True:
    time.sleep(0.01)  # a signal just before one long sleep would wait for its end
"""

WAIT = "pathlib.Path(sys.argv[2]).touch(); time.sleep(60)"

Run = Callable[..., int]


@pytest.fixture(autouse=True)
def restored_signals() -> Iterator[None]:
    signals = (signal.SIGTERM, signal.SIGINT, signal.SIGALRM)
    before = [signal.getsignal(number) for number in signals]
    yield
    for number, handler in zip(signals, before, strict=True):
        signal.signal(number, handler)


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return tmp_path / "log.txt"


@pytest.fixture
def run(settings: Settings, log: Path) -> Run:
    """Return a function that runs code as the server, and sends it signals once it is ready."""

    def run(code: str, *signals: signal.Signals, drain_time: float) -> int:
        server = ServerSettings(
            _env_file=None,
            **settings.model_dump(),
            server_drain_time=drain_time,
            server_graceful_timeout=1,
        )
        Thread(target=send, args=[signals, log], daemon=True).start()
        return serve([sys.executable, "-c", code, env_name("drain_file"), str(log)], server)

    return run


def send(signals: tuple[signal.Signals, ...], log: Path) -> None:
    while not log.exists():
        time.sleep(0.01)
    for number in signals:
        os.kill(os.getpid(), number)
        time.sleep(0.05)


def test_sigterm_drains_before_the_server_ends(run: Run, log: Path) -> None:
    started = time.monotonic()
    assert run(SERVER, signal.SIGTERM, drain_time=0.3) == 3
    # {% if websockets != 'none' %}
    assert log.read_text() == STOPPING
    # {% else %}
    assert log.read_text() == "drained"
    # {% endif %}
    assert time.monotonic() - started > 0.3


# {% if websockets != 'none' %}
@pytest.mark.parametrize(
    ("signals", "drain_time"),
    [
        ([signal.SIGTERM], 0),
        ([signal.SIGTERM, signal.SIGTERM], 60),
        ([signal.SIGINT], 60),
    ],
)
def test_server_ends_without_waiting(
    run: Run, log: Path, signals: list[signal.Signals], drain_time: float
) -> None:
    assert run(SERVER, *signals, drain_time=drain_time) == 3
    assert log.read_text() == STOPPING
# {% else %}
@pytest.mark.parametrize(
    ("signals", "drain_time", "end"),
    [
        ([signal.SIGTERM], 0, "drained"),
        ([signal.SIGTERM, signal.SIGTERM], 60, "drained"),
        ([signal.SIGINT], 60, "at once"),
    ],
)
def test_server_ends_without_waiting(
    run: Run, log: Path, signals: list[signal.Signals], drain_time: float, end: str
) -> None:
    assert run(SERVER, *signals, drain_time=drain_time) == 3
    assert log.read_text() == end
# {% endif %}


def test_drain_file_of_an_earlier_run_is_forgotten(
    run: Run, log: Path, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    earlier = tmp_path / "draining"
    earlier.write_text("stopping")
    monkeypatch.setattr(settings, "drain_file", earlier)
    code = "import os, sys; sys.exit(3 + os.path.exists(os.environ[sys.argv[1]]))"
    log.touch()
    assert run(code, drain_time=0) == 3


def test_server_that_sigterm_ends_has_ended_well(run: Run) -> None:
    assert run(f"import pathlib, sys, time; {WAIT}", signal.SIGTERM, drain_time=0) == 0


def test_server_that_does_not_end_is_killed(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(process, "KILL_AFTER", -0.8)  # 0.2 seconds with the graceful timeout
    stubborn = SERVER.replace("sys.exit(3)", "pass")
    assert run(stubborn, signal.SIGTERM, drain_time=0) == -signal.SIGKILL


def test_server_ends_if_the_drain_file_cannot_be_written(
    run: Run, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    monkeypatch.setattr(settings, "drain_file", folder / "draining")
    code = f"import os, pathlib, sys, time; os.rmdir({str(folder)!r}); {WAIT}"
    assert run(code, signal.SIGTERM, drain_time=0) == 0


def test_server_ends_if_its_parent_fails(
    run: Run, log: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(process, "call_later", None)
    with_id = "time.sleep(0.5); log.with_suffix('.new').write_text(str(os.getpid()))"
    with_id += "; log.with_suffix('.new').rename(log)"
    with pytest.raises(TypeError):
        run(SERVER.replace("log.touch()", with_id), signal.SIGTERM, drain_time=60)
    with pytest.raises(ProcessLookupError):
        os.kill(int(log.read_text()), 0)


@pytest.mark.parametrize(("code", "given"), [(7, 7), (0, 1)])
def test_server_that_ends_by_itself_has_failed(run: Run, log: Path, code: int, given: int) -> None:
    log.touch()
    assert run(f"raise SystemExit({code})", drain_time=0) == given


def test_wrong_setting_of_the_server_stops_the_start(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(env_name("server_workers"), "0")
    with pytest.raises(SystemExit, match=env_name("server_workers")):
        load_settings(ServerSettings)
