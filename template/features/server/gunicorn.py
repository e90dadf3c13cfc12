"""The command that starts Gunicorn."""

import sys

from serve.config import ServerSettings


def server_command(settings: ServerSettings) -> list[str]:
    host = settings.server_host
    return [
        *(sys.executable, "-m", "gunicorn", "app.main:app"),
        f"--bind={f'[{host}]' if ':' in host else host}:{settings.server_port}",
        f"--workers={settings.server_workers}",
        f"--backlog={settings.server_backlog}",
        f"--graceful-timeout={settings.server_graceful_timeout}",
        "--websocket-max-message-size=65536",
        "--worker-class=serve.gunicorn.Worker",
        "--keep-alive=10",
        "--forwarded-allow-ips=",
        "--access-logfile=-",
        '--access-logformat=%(h)s "%(r)s" %(s)s %(b)s "%(f)s" "%(a)s"',
        "--no-control-socket",
    ]
