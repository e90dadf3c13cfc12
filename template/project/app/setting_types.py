"""Types of settings: what a variable may say, and how it is understood."""

import json
import re
from ipaddress import IPv6Address, ip_address
from typing import Annotated, Any
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, IPvAnyNetwork
from pydantic_settings import NoDecode

DEFAULT_PORTS = {"http": 80, "https": 443}
WRONG_ORIGIN = "must be origins such as https://example.com, or *"
ROOT_PATH = re.compile(r"(/(?!\.+(/|$))[A-Za-z0-9._~-]+)+")
NAME = re.compile(r"[a-z0-9_]([a-z0-9_.-]*[a-z0-9_])?")


def split(value: Any) -> Any:
    """Read a JSON list, or parts between commas or spaces. Leave other values to the validation."""
    if not isinstance(value, str):
        return value
    if not value.lstrip().startswith("["):
        return value.replace(",", " ").split()
    try:
        return json.loads(value)
    except ValueError:
        raise ValueError("must be a JSON list, or separated by commas") from None


def canonical_host(text: str) -> str:
    """Return a host name as it is in the header `Host`, without a port."""
    try:
        address = ip_address(text.strip("[]"))
    except ValueError:
        pass
    else:
        return f"[{address}]" if isinstance(address, IPv6Address) else str(address)
    name = text.lower()
    if name != "*" and not NAME.fullmatch(name.removeprefix("*.")):
        raise ValueError("must be host names such as example.com or *.example.com, or *")
    return name


def canonical_origin(text: str) -> str:
    """Return an origin as browsers write it (RFC 6454, section 6.2)."""
    if text == "*":
        return text
    try:
        url = urlsplit(text.removesuffix("/"))
        host, port = canonical_host(url.hostname or ""), url.port
    except ValueError:
        raise ValueError(WRONG_ORIGIN) from None
    if not url.scheme or "*" in host or any((url.path, url.query, url.fragment, url.username)):
        raise ValueError(WRONG_ORIGIN)
    ending = "" if port in {None, DEFAULT_PORTS.get(url.scheme)} else f":{port}"
    return f"{url.scheme}://{host}{ending}"


def canonical_root_path(text: str) -> str:
    """Return a prefix of paths without a slash at its end; nothing for the root."""
    path = text.rstrip("/")
    if path and not ROOT_PATH.fullmatch(path):
        raise ValueError("must be a path such as /shop")
    return path


Hosts = Annotated[
    list[Annotated[str, AfterValidator(canonical_host)]], NoDecode, BeforeValidator(split)
]
RootPath = Annotated[str, AfterValidator(canonical_root_path)]
Networks = Annotated[list[IPvAnyNetwork], NoDecode, BeforeValidator(split)]
Origins = Annotated[
    list[Annotated[str, AfterValidator(canonical_origin)]], NoDecode, BeforeValidator(split)
]
