"""Start the service for development: `uv run -m dev`."""

import argparse
# {% if sql %}
import logging
# {% endif %}
# {% if embedded %}
import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from contextlib import ExitStack
# {% if embedded != ['redis'] or task_queue %}
from pathlib import Path
# {% endif %}
# {% endif %}

import uvicorn
# {% if sql %}
from alembic import command
from alembic.config import Config
# {% endif %}
# {% if embedded %}

from app.config import env_name, load_settings
# {% if 'mongodb' in embedded %}
from dev.mongodb import embedded_mongodb
# {% endif %}
# {% if 'postgresql' in embedded %}
from dev.postgresql import embedded_postgresql
# {% endif %}
# {% if 'redis' in embedded %}
from dev.redis import embedded_redis
# {% endif %}
# {% if embedded != ['redis'] %}

DATA = Path("data")
# {% endif %}
# {% if task_queue %}
# {% if embedded == ['redis'] %}

# {% endif %}
WORKERS = (
    "{{ worker_command }}",
    "{{ scheduler_command }}",
)
# {% endif %}
# {% endif %}


def main() -> None:
    # {% if embedded %}
    """Serve{{ ' and run a worker' if task_queue }} with reload, on {{ 'the embedded server' if embedded | length == 1 else 'embedded servers' }} unless the settings name {{ 'another one' if embedded | length == 1 else 'others' }}."""
    # {% else %}
    """Serve with reload."""
    # {% endif %}
    parser = argparse.ArgumentParser(prog="uv run -m dev", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", default=8000, type=int)
    # {% if embedded %}
    parser.add_argument("--run", nargs=argparse.REMAINDER, help="run this command instead")
    # {% endif %}
    options = parser.parse_args()
    # {% if not embedded %}
    command.upgrade(Config(toml_file="pyproject.toml"), "head")
    logging.getLogger("watchfiles.main").setLevel(logging.WARNING)
    # {% if websockets == 'none' %}
    uvicorn.run("app.main:app", reload=True, reload_dirs=["app"], **vars(options))
    # {% else %}
    uvicorn.run(
        "app.main:app",
        reload=True,
        reload_dirs=["app"],
        timeout_graceful_shutdown=1,
        **vars(options),
    )
    # {% endif %}
    # {% else %}
    given = load_settings().model_fields_set
    with ExitStack() as stack:
        # {% if database in embedded %}
        if "database_url" not in given:
            # {% if database == 'postgresql' %}
            url = stack.enter_context(embedded_postgresql(DATA / "postgresql"))
            os.environ[env_name("database_url")] = url
            # {% else %}
            url = stack.enter_context(embedded_mongodb(DATA / "mongodb"))
            os.environ[env_name("database_url")] = url + "app"
            # {% endif %}
        # {% endif %}
        # {% if redis %}
        if "redis_url" not in given:
            os.environ[env_name("redis_url")] = stack.enter_context(embedded_redis())
        # {% endif %}
        if options.run:
            sys.exit(run(options.run))
        # {% if sql %}
        command.upgrade(Config(toml_file="pyproject.toml"), "head")
        logging.getLogger("watchfiles.main").setLevel(logging.WARNING)
        # {% endif %}
        # {% if task_queue %}
        signal.signal(signal.SIGHUP, lambda *_: sys.exit())  # the terminal was closed
        for worker in WORKERS:
            command_line = f"{Path(sys.executable).parent}{os.sep}{worker}"
            process = subprocess.Popen(  # noqa: S603
                [sys.executable, "-m", "watchfiles", command_line, "app"],
                start_new_session=True,  # Ctrl-C reaches it once: by way of `terminate`
            )
            stack.callback(process.wait)
            stack.callback(process.terminate)
        # {% endif %}
        # {% if websockets == 'none' %}
        uvicorn.run(
            "app.main:app", host=options.host, port=options.port, reload=True, reload_dirs=["app"]
        )
        # {% else %}
        uvicorn.run(
            "app.main:app",
            host=options.host,
            port=options.port,
            reload=True,
            reload_dirs=["app"],
            timeout_graceful_shutdown=1,
        )
# {% endif %}


def run(command: Sequence[str]) -> int:
    """Run a command, pass SIGTERM on to it, and return its exit code."""
    with subprocess.Popen(command) as process:  # noqa: S603
        signal.signal(signal.SIGTERM, lambda number, _: process.send_signal(number))
        return process.wait()
# {% endif %}


if __name__ == "__main__":
    main()
