"""Run the service in production: `python -m serve`."""

import sys

from app.config import load_settings
from serve.command import server_command
from serve.config import ServerSettings
from serve.process import serve


def main() -> int:
    settings = load_settings(ServerSettings)
    return serve(server_command(settings), settings)


if __name__ == "__main__":
    sys.exit(main())
