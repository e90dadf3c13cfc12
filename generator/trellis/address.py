"""Addresses of Git repositories: those that colleagues can use, without credentials."""

import re
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import SplitResult, urlsplit

from trellis.errors import BadInputError

_SCHEMES = {"git", "http", "https", "ssh"}
_SHORT = {"gh:": "https://github.com/", "gl:": "https://gitlab.com/"}
_READ_BY_COPIER = ("git@", "git://")
_HOSTS = tuple(_SHORT.values())
_SSH = re.compile(r"[A-Za-z0-9][\w.-]*@(?P<host>[A-Za-z0-9][A-Za-z0-9.-]*):(?!//)\S+")


def public_address(text: str) -> str | None:
    """Return an address as colleagues can use it: without credentials, in a form that Copier reads.

    The user of SSH stays, since servers ask for it. None for an address of this machine, such as a path.
    """
    text = text.strip().removeprefix("git+")
    for short, host in _SHORT.items():
        if text.startswith(short):
            text = host + text.removeprefix(short).lstrip("/")
    url = _of_ssh(text) or _of_url(text)
    if url and url.startswith(_HOSTS) and not url.endswith(".git"):
        url += ".git"
    return f"git+{url}" if url and not url.endswith(".git") and not url.startswith(_READ_BY_COPIER) else url


def checked_address(text: str) -> str:
    """Return an address as a service may name it.

    Raises:
        BadInputError: it contains credentials, or is not an address.

    """
    if has_credentials(text):
        raise BadInputError(
            "the address contains credentials, and services show it to everyone",
            "leave them out",
            code="invalid_address",
        )
    if not text.strip() or text.startswith("-") or not text.isprintable():
        raise BadInputError(
            f"{text!r} is not an address",
            "name one like https://git.example.com/trellis.git",
            code="invalid_address",
        )
    path = Path(text).expanduser()
    return str(path.resolve()) if path.exists() else public_address(text) or text


def has_credentials(text: str) -> bool:
    """Tell whether an address contains a password or a token."""
    try:
        parts = urlsplit(text.strip().removeprefix("git+"))
    except ValueError:
        return "@" in text
    return bool(parts.password or (parts.username and parts.scheme in {"http", "https"}))


def _of_ssh(text: str) -> str | None:
    match = _SSH.fullmatch(text)
    return text if match and not _is_here(match["host"]) else None


def _of_url(text: str) -> str | None:
    try:
        parts = urlsplit(text)
        host = _host(parts)
    except ValueError:
        return None
    path = parts.path.rstrip("/")
    if parts.scheme not in _SCHEMES or not host or not path or parts.query or parts.fragment:
        return None
    user = f"{parts.username}@" if parts.username and parts.scheme == "ssh" else ""
    url = f"{parts.scheme}://{user}{host}{path}"
    return url if url.isprintable() and " " not in url else None


def _host(parts: SplitResult) -> str | None:
    name = parts.hostname
    if not name or name.startswith("-") or _is_here(name):
        return None
    host = f"[{name}]" if ":" in name else name
    return f"{host}:{parts.port}" if parts.port else host


def _is_here(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")
