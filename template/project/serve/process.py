"""Run the server and stop it in order."""

import os
import signal
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from subprocess import Popen
from tempfile import TemporaryDirectory

# {% if websockets != 'none' %}
from app.config import STOPPING, env_name
# {% else %}
from app.config import env_name
# {% endif %}
from serve.config import ServerSettings

KILL_AFTER = 5.0
# {% if websockets != 'none' %}
CLOSING_TIME = 0.5
"""Seconds before the signal to the server, in which the service closes WebSockets and streams."""
# {% endif %}


def serve(command: Sequence[str], settings: ServerSettings) -> int:
    """Run the server until it ends, and return its exit code.

    On SIGTERM `/health/ready` answers 503 for the drain time, so load balancers send new
    # {% if websockets != 'none' %}
    requests elsewhere. Then WebSockets and event streams end, and the server gets the signal: it accepts no more
    # {% else %}
    requests elsewhere. Then the server gets the signal: it accepts no more
    # {% endif %}
    connections, finishes the running requests and exits. SIGINT or a second SIGTERM skips the
    drain time.
    """
    with TemporaryDirectory(prefix="serve-") as folder:
        server = Server(settings, settings.drain_file or Path(folder, "draining"))
        signal.signal(signal.SIGTERM, server.drain)
        signal.signal(signal.SIGINT, server.stop)
        return server.run(command)


class Server:
    """The process of the server, and its signals."""

    def __init__(self, settings: ServerSettings, drain_file: Path) -> None:
        self.drain_file = drain_file
        self.drain_time = settings.server_drain_time
        self.kill_time = settings.server_graceful_timeout + KILL_AFTER
        self.process: Popen[bytes] | None = None
        self.draining = False
        self.stopped = False

    def run(self, command: Sequence[str]) -> int:
        self.drain_file.unlink(missing_ok=True)
        environment = os.environ | {env_name("drain_file"): str(self.drain_file)}
        self.process = Popen(command, env=environment, start_new_session=True)  # noqa: S603
        try:
            if self.stopped:
                self.stop()
            code = self.process.wait()
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
            if self.process.poll() is None:
                self.kill()
                self.process.wait()
        if not self.stopped:
            return code or 1  # a server that ends by itself has failed
        return 0 if code == -signal.SIGTERM else code

    def drain(self, *_: object) -> None:
        with suppress(OSError):  # the server ends even if the file cannot be written
            self.drain_file.touch()
        if self.draining or not self.drain_time:
            self.stop()
        else:
            self.draining = True
            call_later(self.drain_time, self.stop)

    def stop(self, *_: object) -> None:
        self.stopped = True
        # {% if websockets != 'none' %}
        with suppress(OSError):
            self.drain_file.write_text(STOPPING)
        call_later(CLOSING_TIME, self.terminate)

    def terminate(self, *_: object) -> None:
        # {% endif %}
        if self.process:
            self.process.terminate()
            call_later(self.kill_time, self.kill)

    def kill(self, *_: object) -> None:
        if self.process:
            os.killpg(self.process.pid, signal.SIGKILL)


def call_later(seconds: float, function: Callable[..., None]) -> None:
    """Call a function after some time, instead of any other call that is still waiting."""
    signal.signal(signal.SIGALRM, function)
    signal.setitimer(signal.ITIMER_REAL, seconds)
