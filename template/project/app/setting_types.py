# {% set urls = redis or tasks != 'none' or auth == 'oidc' %}
# {% set secrets = redis or tasks != 'none' or database in ['postgresql', 'mongodb'] or auth in ['jwt', 'oidc'] %}
"""Types of settings: what a variable may say, and how it is understood."""

import json
import os
import re
from contextlib import suppress
from ipaddress import IPv4Network, IPv6Address, IPv6Network
from pathlib import Path
# {% if auth == 'oidc' %}
from typing import Annotated, Any, Literal
# {% else %}
from typing import Annotated, Any
# {% endif %}
# {% if urls %}
# {% if redis and tasks != 'none' %}
from urllib.parse import SplitResult, parse_qs, unquote, urlsplit
# {% elif redis and not (tasks != 'none') %}
from urllib.parse import SplitResult, parse_qs, urlsplit
# {% elif not (redis) and tasks != 'none' %}
from urllib.parse import SplitResult, unquote, urlsplit
# {% else %}
from urllib.parse import SplitResult, urlsplit
# {% endif %}
# {% endif %}

# {% if tasks == 'celery' %}
from kombu import Connection
# {% endif %}
# {% if database == 'postgresql' %}
from psycopg import ProgrammingError
from psycopg.conninfo import make_conninfo
from psycopg.pq import PGconn
# {% endif %}
# {% if secrets %}
from pydantic import AfterValidator, AnyUrl, BeforeValidator, Field, IPvAnyNetwork, SecretStr
# {% else %}
from pydantic import AfterValidator, AnyUrl, BeforeValidator, Field, IPvAnyNetwork
# {% endif %}
from pydantic_settings import NoDecode
# {% if database == 'mongodb' %}
from pymongo.errors import PyMongoError
from pymongo.uri_parser import parse_uri
# {% endif %}
# {% if redis %}
from redis import ConnectionPool, RedisError
from redis.connection import URL_QUERY_ARGUMENT_PARSERS
# {% endif %}
# {% if database == 'postgresql' %}
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError
# {% endif %}

ORIGIN = re.compile(r"(?!.*:0$)[a-z][a-z0-9+.-]*://[^/?#@*]+")
OWN_PATHS = {"api", "docs", "health", "openapi.json", "redoc", "static"}
ROOT_PATH = re.compile(r"(/(?!\.+(/|$))[A-Za-z0-9._~-]+)+")
IPV4_MAPPED = IPv6Network("::ffff:0:0/96")
JSON_LIST = re.compile(r'\s*\[\s*["\]]')
HOST_NAME = re.compile(r"(?!.*(\.\.|[^.]{64}))[a-z0-9_]([a-z0-9_.-]*[a-z0-9_])?")


def split_list(value: Any) -> Any:
    """Read a JSON list, or parts between commas or spaces. Leave other values to the validation."""
    if not isinstance(value, str):
        return value
    if not JSON_LIST.match(value):
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
    if name != "*" and not HOST_NAME.fullmatch(name.removeprefix("*.")):
        raise ValueError("must be host names such as example.com or *.example.com, or *")
    return name


# {% if urls %}
def split_url(text: str, message: str, schemes: set[str], default_host: str = "") -> SplitResult:
    """Split a URL. Refuse other schemes, and hosts and ports that cannot exist."""
    try:
        url = urlsplit(text)
        host, port = canonical_host((url.hostname or default_host).removesuffix(".")), url.port
    except ValueError:
        raise ValueError(message) from None
    if url.scheme not in schemes or "*" in host or port == 0:
        raise ValueError(message)
    if " " in text or not text.isprintable():
        raise ValueError(message)
    return url


# {% endif %}
def canonical_origin(text: str) -> str:
    """Return an origin as browsers write it (RFC 6454, section 6.2)."""
    if text == "*":
        return text
    try:
        url = AnyUrl(text.lower())
        canonical_host(url.host or "")
        origin = str(url).removesuffix("/")
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
    if path[1:].partition("/")[0] in OWN_PATHS:
        raise ValueError("must not begin like the service's own paths, such as /api")
    return path


def canonical_network(network: IPv4Network | IPv6Network) -> IPv4Network | IPv6Network:
    """Return a network of IPv4-mapped addresses (RFC 4291, section 2.5.5.2) as one of IPv4."""
    if isinstance(network, IPv6Network) and network.subnet_of(IPV4_MAPPED):
        return IPv4Network((int(network[0]) & 0xFFFF_FFFF, network.prefixlen - 96))
    return network


def check_file(path: Path) -> Path:
    if os.path.isdir(path):  # noqa: PTH112 -- Path.is_dir() fails for a name that is too long
        raise ValueError("must be a file, not a folder")
    return path


# Upper bounds: a million days still make a date, and a million seconds fit each library's timer.
Count = Annotated[int, Field(ge=1, le=1_000_000)]
Seconds = Annotated[float, Field(gt=0, le=1_000_000)]
Amount = Annotated[int, Field(ge=0, le=1_000_000_000_000)]
File = Annotated[Path, AfterValidator(check_file)]
Host = Annotated[str, AfterValidator(canonical_host)]
Hosts = Annotated[list[Host], NoDecode, BeforeValidator(split_list), Field(min_length=1)]
Network = Annotated[IPvAnyNetwork, AfterValidator(canonical_network)]
Networks = Annotated[list[Network], NoDecode, BeforeValidator(split_list)]
Origin = Annotated[str, AfterValidator(canonical_origin)]
Origins = Annotated[list[Origin], NoDecode, BeforeValidator(split_list)]
RootPath = Annotated[str, AfterValidator(canonical_root_path)]
# {% if database in ['postgresql', 'mongodb'] %}
# {% include 'template/features/database/' ~ database ~ '/setting_types.jinja' %}
# {% endif %}
# {% if redis %}
# {% include 'template/features/redis/setting_types.jinja' %}
# {% endif %}
# {% if tasks == 'celery' %}
# {% include 'template/features/tasks/celery/setting_types.jinja' %}
# {% endif %}
# {% if tasks != 'none' %}
# {% include 'template/features/tasks/setting_types.jinja' %}
# {% endif %}
# {% if auth in ['jwt', 'oidc'] %}
# {% include 'template/features/auth/signing_key.jinja' %}
# {% endif %}
# {% if auth == 'oidc' %}
# {% include 'template/features/auth/oidc/setting_types.jinja' %}
# {% endif %}
