"""The command that starts Hypercorn, by way of `serve/hypercorn.py`."""

import sys

from serve.config import ServerSettings


def server_command(settings: ServerSettings) -> list[str]:
    return [
        *(sys.executable, "-m", "serve.hypercorn", "app.main:app"),
        "--config=python:serve.hypercorn",
        f"--bind={settings.server_host}:{settings.server_port}",
        f"--workers={settings.server_workers}",
        f"--backlog={settings.server_backlog}",
        f"--graceful-timeout={settings.server_graceful_timeout}",
    ]
