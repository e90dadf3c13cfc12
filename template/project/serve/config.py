"""Settings of the service and of its server."""

from typing import Annotated

from pydantic import Field, NonNegativeFloat, PositiveInt

from app.config import Settings


class ServerSettings(Settings):
    """Each field is an environment variable; `.env.example` explains it."""

    server_host: str = "127.0.0.1"
    server_port: Annotated[int, Field(ge=1, le=65_535)] = 8000
    server_workers: PositiveInt = 1
    server_backlog: PositiveInt = 2048
    server_drain_time: NonNegativeFloat = 5
    server_graceful_timeout: PositiveInt = 30
