"""Checks of `compose.yaml` beyond its schema: all names exist, and everything is used."""

import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

_VARIABLE = re.compile(r"\$\{([A-Z0-9_]+)")
_EXAMPLE = re.compile(r"^#? ?([A-Z0-9_]+)=", re.MULTILINE)
_SERVING = {"app", "nginx", "scheduler", "spare", "worker"}
"""Services that no other service needs to depend on."""


def compose_problems(folder: Path) -> Iterator[str]:
    """Find contradictions between a service's Compose files and `.env.example`."""
    file = folder / "compose.yaml"
    if not file.exists():
        return
    text = file.read_text(encoding="utf-8")
    composed = yaml.safe_load(text)
    services: dict[str, dict[str, Any]] = composed["services"]
    known = set(_EXAMPLE.findall((folder / ".env.example").read_text(encoding="utf-8")))
    for variable in sorted(set(_VARIABLE.findall(text)) - known):
        yield f"compose.yaml: {variable} is not in .env.example"
    needed = {name for service in services.values() for name in service.get("depends_on", ())}
    yield from _differences("service", set(services), needed | _SERVING & set(services))
    for kind in ("volumes", "secrets", "networks"):
        used = {name for service in services.values() for name in _named(service.get(kind, ()))}
        yield from _differences(kind.removesuffix("s"), set(composed.get(kind, ())), used - {"default"})
    development = yaml.safe_load((folder / "compose.dev.yaml").read_text(encoding="utf-8"))
    for name in sorted(set(development["services"]) - set(services)):
        yield f"compose.dev.yaml: there is no service {name}"


def _differences(kind: str, there: set[str], needed: set[str]) -> Iterator[str]:
    for name in sorted(there - needed):
        yield f"compose.yaml: nothing needs the {kind} {name}"
    for name in sorted(needed - there):
        yield f"compose.yaml: there is no {kind} {name}"


def _named(items: Iterable[str | Mapping[str, str]]) -> Iterator[str]:
    """Return the names among a service's volumes, secrets or networks, without paths."""
    for item in items:
        name = item.partition(":")[0] if isinstance(item, str) else item["source"]
        if not name.startswith((".", "/")):
            yield name
