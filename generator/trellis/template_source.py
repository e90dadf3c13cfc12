"""Where the template is: in Trellis's clone, or inside the installed package."""

import json
import os
from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

from trellis.address import public_address
from trellis.errors import BadInputError
from trellis.git import GitError, git

UNKNOWN = "https://unknown-address.invalid/trellis.git"
"""The template's address in a service whose Trellis does not know it. Names in `.invalid` never resolve."""

_OWN = ("copier.yml", "template")
_DRAFT = (
    "the template has uncommitted changes, so Trellis cannot change this service later; "
    "commit them and make the service again"
)
_NAME_IT = "before colleagues change the service: trellis move ADDRESS"


def template_root() -> Path:
    """Return the folder that holds `copier.yml` and `template/`."""
    clone = _clone()
    return clone if (clone / "copier.yml").is_file() else Path(__file__).parent / "_template"


def template_address(given: str | None = None) -> str:
    """Return the template's address for a new service.

    That is the given one, the public one, or the folder of a clone. Git reads it from this Trellis, if it
    has the template's history.
    """
    history = _history()
    address = given or known_address()
    if not address and history and history.is_dir():
        return str(history)
    if not history:
        return address or str(template_root())
    return _read_from(history, address or UNKNOWN)


def limits_of(address: str) -> list[str]:
    """Return what the person must know about a new service whose template has this address."""
    if address == UNKNOWN:
        return [f"the template's public address is unknown; {_NAME_IT}"]
    if address == str(template_root()) and not _history():
        return ["this Trellis has no history, so it cannot change the service later; install it from a clone"]
    return []


def version_of(source: str) -> tuple[str | None, Sequence[str]]:
    """Return the version to take of a clone without versions, and what the person must know about it.

    Copier takes a clone's uncommitted changes into a commit that nobody else has. So the last commit is
    taken where these changes are not the template's own.
    """
    try:
        if not Path(source, ".git").exists() or git(Path(source), "tag", "--list"):
            return None, ()
        drafts = git(Path(source), "status", "--porcelain", "--", *_OWN)
        head = git(Path(source), "rev-parse", "HEAD").removesuffix("\n")
    except GitError:
        return None, ()
    return (None, (_DRAFT,)) if drafts else (head, ())


def known_address() -> str | None:
    """Return the template's public address: where this Trellis was built or installed from."""
    file = template_root() / "address"
    address = file.read_text(encoding="utf-8").strip() if file.is_file() else ""
    return address or _installed_from()


def carries(address: str) -> bool:
    """Tell whether this Trellis has the history of the template at an address."""
    return bool(_history()) and (address == UNKNOWN or public_address(address) == known_address() is not None)


def is_carried(address: str) -> bool:
    """Tell whether Git reads an address from an installed Trellis, which has no versions after its own."""
    return carries(address) and _history() != template_root()


def carry_history(address: str) -> None:
    """Let Git read the template at a service's address from this Trellis, if that has its history.

    Raises:
        BadInputError: the service does not name an address, and this Trellis has no history.

    """
    history = _history()
    if history and carries(address):
        _read_from(history, address)
    elif address == UNKNOWN:
        raise BadInputError(
            "the service does not name the address of its template",
            "name it: trellis move ADDRESS",
            code="template_unreachable",
        )


def _clone() -> Path:
    return Path(__file__).parents[2]


def _history() -> Path | None:
    """Return what Git reads the template's history from: a bundle, or the clone; None if there is neither."""
    root = template_root()
    if (root / "history.bundle").is_file():
        return root / "history.bundle"
    return root if (root / ".git").exists() else None


def _installed_from() -> str | None:
    """Return the public address of the repository that Trellis was installed from (PEP 610)."""
    try:
        about = json.loads(distribution("trellis").read_text("direct_url.json") or "{}")
    except PackageNotFoundError:
        return None
    return public_address(about["url"]) if "vcs_info" in about else None


def _read_from(history: Path, address: str) -> str:
    """Let Git read an address from a place on this machine, in all commands that this process starts."""
    from plumbum import local  # noqa: PLC0415 (--help can do without)

    url = (public_address(address) or address).removeprefix("git+")
    count = int(os.environ.get("GIT_CONFIG_COUNT", "0"))
    variables = {
        "GIT_CONFIG_COUNT": str(count + 1),
        f"GIT_CONFIG_KEY_{count}": f"url.{history}.insteadOf",
        f"GIT_CONFIG_VALUE_{count}": url,
    }
    os.environ |= variables
    local.env.update(variables)  # Copier's commands start with a copy of the environment
    return address
