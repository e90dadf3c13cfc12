"""Settings of the service and of its server."""

import os
from pathlib import Path
from socket import AI_PASSIVE, NI_NUMERICHOST, SOCK_STREAM, getaddrinfo, getnameinfo, socket
from typing import Annotated

from pydantic import AfterValidator, Field

from app.config import Settings
from app.setting_types import File

HOST_ERRORS = (OSError, UnicodeError)


def local_address(host: str) -> str:
    """Return the IP address that a name means. Refuse addresses of other machines."""
    try:
        found = min(getaddrinfo(host.strip("[]"), 0, type=SOCK_STREAM, flags=AI_PASSIVE))
        family, kind, protocol, _, address = found
        with socket(family, kind, protocol) as probe:
            probe.bind(address)
        return getnameinfo(address, NI_NUMERICHOST)[0]
    except HOST_ERRORS:
        raise ValueError("must be an address or a name of this machine, or 0.0.0.0") from None


def in_writable_folder(path: Path) -> Path:
    if not os.access(path.parent, os.W_OK):
        raise ValueError("must be a file in a folder that exists and may be written to")
    return path


class ServerSettings(Settings):
    """Each field is an environment variable; `.env.example` explains it."""

    drain_file: Annotated[File, AfterValidator(in_writable_folder)] | None = None
    server_host: Annotated[str, AfterValidator(local_address)] = "127.0.0.1"
    server_port: Annotated[int, Field(ge=1, le=65_535)] = 8000
    server_workers: Annotated[int, Field(ge=1, le=1_000)] = 1
    server_backlog: Annotated[int, Field(ge=1, le=65_535)] = 2048
    server_drain_time: Annotated[float, Field(ge=0, le=1_800)] = 5
    server_graceful_timeout: Annotated[int, Field(ge=1, le=1_800)] = 30
