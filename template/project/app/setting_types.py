"""Types of settings: what a variable may say, and how it is understood."""

import json
import re
from contextlib import suppress
from ipaddress import IPv6Address
from typing import Annotated, Any

from pydantic import AfterValidator, AnyUrl, BeforeValidator, IPvAnyNetwork
from pydantic_settings import NoDecode

ORIGIN = re.compile(r"[a-z][a-z0-9+.-]*://[^/?#@*]+")
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
    with suppress(ValueError):
        return f"[{IPv6Address(text.strip('[]'))}]"
    name = text.lower()
    if name != "*" and not NAME.fullmatch(name.removeprefix("*.")):
        raise ValueError("must be host names such as example.com or *.example.com, or *")
    return name


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


Host = Annotated[str, AfterValidator(canonical_host)]
Hosts = Annotated[list[Host], NoDecode, BeforeValidator(split)]
Networks = Annotated[list[IPvAnyNetwork], NoDecode, BeforeValidator(split)]
Origin = Annotated[str, AfterValidator(canonical_origin)]
Origins = Annotated[list[Origin], NoDecode, BeforeValidator(split)]
RootPath = Annotated[str, AfterValidator(canonical_root_path)]
