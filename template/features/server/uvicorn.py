"""The command that starts Uvicorn."""

import sys

from serve.config import ServerSettings


def server_command(settings: ServerSettings) -> list[str]:
    host = settings.server_host
    if host == "::" and settings.server_workers == 1:
        host = ""  # all addresses; a single process would take "::" for IPv6 alone
    return [
        *(sys.executable, "-m", "uvicorn", "app.main:app"),
        f"--host={host}",
        f"--port={settings.server_port}",
        f"--workers={settings.server_workers}",
        f"--backlog={settings.server_backlog}",
        f"--timeout-graceful-shutdown={settings.server_graceful_timeout}",
        "--http=serve.uvicorn:LimitedProtocol",
        "--ws=serve.uvicorn:WebSocketProtocol",
        "--ws-max-size=65536",
        "--timeout-keep-alive=10",
        "--no-proxy-headers",
        "--no-server-header",
    ]
