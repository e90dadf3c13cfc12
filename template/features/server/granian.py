"""The command that starts Granian."""

import sys

from serve.config import ServerSettings


def server_command(settings: ServerSettings) -> list[str]:
    return [
        *(sys.executable, "-m", "granian", "app.main:app"),
        f"--host={settings.server_host}",
        f"--port={settings.server_port}",
        f"--workers={settings.server_workers}",
        f"--backlog={max(settings.server_backlog, 128)}",  # the least that Granian allows
        f"--workers-kill-timeout={settings.server_graceful_timeout}",
        "--http1-buffer-size=65536",
        "--http1-header-read-timeout=10000",
        "--interface=asgi",
        "--access-log",
        '--access-log-fmt=%(addr)s "%(method)s %(path)s %(protocol)s" %(status)d %(dt_ms).3f',
        "--respawn-failed-workers",
    ]
