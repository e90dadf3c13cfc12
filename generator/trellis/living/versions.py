"""The template's versions, which are Git tags, and the changelog between two of them."""

import re
from collections.abc import Sequence
from pathlib import Path

from packaging.version import InvalidVersion, Version

from trellis.errors import BadInputError
from trellis.git import GitError, git
from trellis.living.service import Service, is_unsafe, unsafe

CHANGELOG = "CHANGELOG.md"
_HEADING = re.compile(r"^## \[?v?(\d[^\s\]]*)", re.MULTILINE)


def read_versions(service: Service) -> list[str]:
    """Return the versions of a service's template, the newest first, without pre-releases.

    Raises:
        BadInputError: the template could not be reached.

    """
    return versions_of(service.source, service.folder)


def versions_of(address: str, folder: Path | None = None) -> list[str]:
    """Return the versions of a template, the newest first, without pre-releases.

    Args:
        address: its address.
        folder: the folder that a relative address starts from; the current one by default.

    Raises:
        BadInputError: the template could not be reached.

    """
    try:
        listed = git(folder or Path(), "ls-remote", "--tags", "--refs", "--", address)
    except GitError as error:
        raise unreachable(address, str(error)) from error
    tags = [line.rpartition("refs/tags/")[2] for line in listed.splitlines()]
    found = {tag: version for tag in tags if (version := parsed(tag)) and not version.is_prerelease}
    return sorted(found, key=lambda tag: found[tag], reverse=True)


def unreachable(address: str, reason: str) -> BadInputError:
    """Return the error for a template that Git does not reach.

    Args:
        address: the template's address.
        reason: what Git says.

    """
    if is_unsafe(reason):
        return unsafe(reason)
    found = re.search(r"fatal: (.+?)(?:\n|\s+fatal: |$)", reason)
    return BadInputError(
        f"could not fetch the template {address}: {found[1] if found else ' '.join(reason.split())}",
        "if it has moved: trellis move ADDRESS",
        code="template_unreachable",
    )


def parsed(text: str) -> Version | None:
    """Return a version that can be compared; None if the text is not a version."""
    try:
        return Version(re.sub(r"-(\d+)-g[0-9a-f]+$", r".post\1", text))
    except InvalidVersion:
        return None


def changes_between(changelog: str, old: str, new: str) -> list[str]:
    """Return the lines of a changelog about the versions after `old`, up to `new`."""
    first, last = parsed(old), parsed(new)
    headings = list(_HEADING.finditer(changelog))
    ends = [*(heading.start() for heading in headings[1:]), len(changelog)]
    found: list[str] = []
    for heading, end in zip(headings, ends, strict=False):
        version = parsed(heading[1])
        if version and first and last and first < version <= last:
            found += [*changelog[heading.start() : end].strip().splitlines(), ""]
    return found


def newer_than(service: Service, versions: Sequence[str]) -> list[str]:
    """Return the versions that are newer than the service's, the newest first."""
    own = parsed(service.version)
    return [tag for tag in versions if own and (version := parsed(tag)) and version > own]
