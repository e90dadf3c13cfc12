"""Types of settings: what a variable may say, and how it is understood."""

import json
import os
import re
from collections.abc import Collection
from contextlib import suppress
from ipaddress import IPv4Network, IPv6Address, IPv6Network
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import SplitResult, urlsplit

from pydantic import AfterValidator, AnyUrl, BeforeValidator, Field, IPvAnyNetwork
from pydantic_settings import NoDecode

ORIGIN = re.compile(r"[a-z][a-z0-9+.-]*://[^/?#@*]+")
ROOT_PATH = re.compile(r"(/(?!\.+(/|$))[A-Za-z0-9._~-]+)+")
MAPPED = IPv6Network("::ffff:0:0/96")
NAME = re.compile(r"(?!.*(\.\.|[^.]{64}))[a-z0-9_]([a-z0-9_.-]*[a-z0-9_])?")


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
    with suppress(ValueError):
        return f"[{IPv6Address(text.strip('[]'))}]"
    name = text.lower()
    if name != "*" and not NAME.fullmatch(name.removeprefix("*.")):
        raise ValueError("must be host names such as example.com or *.example.com, or *")
    return name


def split_url(
    text: str, message: str, schemes: Collection[str] = (), default_host: str = ""
) -> SplitResult:
    """Split a URL. Refuse other schemes, and hosts and ports that cannot exist."""
    try:
        url = urlsplit(text)
        host, port = canonical_host((url.hostname or default_host).removesuffix(".")), url.port
    except ValueError:
        raise ValueError(message) from None
    if "*" in host or port == 0 or " " in text or not text.isprintable():
        raise ValueError(message)
    if schemes and url.scheme not in schemes:
        raise ValueError(message)
    return url


def canonical_origin(text: str) -> str:
    """Return an origin as browsers write it (RFC 6454, section 6.2)."""
    if text == "*":
        return text
    try:
        origin = str(AnyUrl(text.lower())).removesuffix("/")
    except ValueError:
        origin = ""
    if not ORIGIN.fullmatch(origin):
        raise ValueError("must be origins such as https://example.com, or *")
    return origin


def canonical_root_path(text: str) -> str:
    """Return a prefix of paths without a slash at its end; nothing for the root."""
    path = text.rstrip("/")
    if path and not ROOT_PATH.fullmatch(path):
        raise ValueError("must be a path such as /shop")
    return path


def canonical_network(network: IPv4Network | IPv6Network) -> IPv4Network | IPv6Network:
    """Return a network of IPv4-mapped addresses (RFC 4291, section 2.5.5.2) as one of IPv4."""
    if isinstance(network, IPv6Network) and network.subnet_of(MAPPED):
        return IPv4Network((int(network[0]) & 0xFFFF_FFFF, network.prefixlen - MAPPED.prefixlen))
    return network


def refuse_folder(path: Path) -> Path:
    if os.path.isdir(path):  # noqa: PTH112 -- Path.is_dir() fails for a name that is too long
        raise ValueError("must be a file, not a folder")
    return path


# Upper bounds: a million days still make a date, and a million seconds fit each library's timer.
Count = Annotated[int, Field(ge=1, le=1_000_000)]
Seconds = Annotated[float, Field(gt=0, le=1_000_000)]
Amount = Annotated[int, Field(ge=0, le=1_000_000_000_000)]
File = Annotated[Path, AfterValidator(refuse_folder)]
Host = Annotated[str, AfterValidator(canonical_host)]
Hosts = Annotated[list[Host], NoDecode, BeforeValidator(split), Field(min_length=1)]
Network = Annotated[IPvAnyNetwork, AfterValidator(canonical_network)]
Networks = Annotated[list[Network], NoDecode, BeforeValidator(split)]
Origin = Annotated[str, AfterValidator(canonical_origin)]
Origins = Annotated[list[Origin], NoDecode, BeforeValidator(split)]
RootPath = Annotated[str, AfterValidator(canonical_root_path)]
