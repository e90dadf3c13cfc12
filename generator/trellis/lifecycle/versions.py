"""The template's versions, which are Git tags, and the changelog between two of them."""

import re
from collections.abc import Sequence
from contextlib import suppress
from difflib import get_close_matches
from pathlib import Path

from packaging.version import InvalidVersion, Version
from plumbum.commands.processes import ProcessExecutionError

from trellis.copier_internals import get_repo
from trellis.errors import BadInputError
from trellis.git import GitError, git
from trellis.lifecycle.service import Service, is_unsafe, unsafe
from trellis.template_source import carries, carry_history, known_address

CHANGELOG = "CHANGELOG.md"
_FEW = 5
"""How many versions a message names at most."""
_REVISION = re.compile(r"[A-Za-z0-9_@][^\s:?*\[\\\x00-\x20\x7f]*")
_HEADING = re.compile(r"^## \[?v?(\d[^\s\]]*)", re.MULTILINE)


def read_versions(service: Service) -> list[str]:
    """Return the versions of a service's template, the newest first, without pre-releases.

    Raises:
        BadInputError: the template could not be reached.

    """
    carry_history(service.source)
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
        listed = git(folder or Path(), "ls-remote", "--tags", "--refs", "--", get_repo(address) or address)
    except GitError as error:
        raise unreachable(address, str(error)) from error
    tags = [line.rpartition("refs/tags/")[2] for line in listed.splitlines()]
    found = {tag: version for tag in tags if (version := parsed(tag)) and not version.is_prerelease}
    return sorted(found, key=lambda tag: found[tag], reverse=True)


def checked_version(text: str) -> str:
    """Return a version that a person named.

    Raises:
        BadInputError: it is empty, or could not name a commit.

    """
    if not _REVISION.fullmatch(text):
        raise BadInputError(
            f"{text!r} is not a version", "name a tag, a branch or a commit", code="version_not_found"
        )
    return text


def template_error(
    source: str, version: str | None, error: ProcessExecutionError, service: Service | None = None
) -> BadInputError:
    """Return the error for a template that Copier could not fetch.

    Args:
        source: the template's address.
        version: its version.
        error: Git's error.
        service: the service that asks for it, if there is one.

    """
    if "worktree" in error.argv:
        return no_version(source, version, service)
    return unreachable(source, error.stderr)


def no_version(source: str, version: str | None, service: Service | None = None) -> BadInputError:
    """Return the error for a version that a template does not have.

    Args:
        source: the template's address.
        version: the version.
        service: the service that asks for it, if there is one.

    """
    versions: list[str] = []
    with suppress(BadInputError):
        versions = versions_of(source, service.folder if service else None)
    if carries(source) and _exists(str(version), versions, service):
        return _not_carried(str(version))
    where = "Trellis" if carries(source) else f"the template {source}"
    return BadInputError(
        f"{where} has no version {version}", _nearest(str(version), versions), code="version_not_found"
    )


def _exists(version: str, versions: Sequence[str], service: Service | None) -> bool:
    """Tell whether another Trellis has a version: a service has it, or it is newer than all here."""
    wanted, newest = parsed(version), parsed(versions[0]) if versions else None
    return bool(service and service.version == version) or bool(wanted and newest and wanted > newest)


def _not_carried(version: str) -> BadInputError:
    """Return the error for a version that the installed Trellis does not have, and how to get it."""
    address, commit = known_address(), re.sub(r"^.+-\d+-g", "", version)
    how = f"git+{address.removeprefix('git+')}@{commit}" if address else f"CLONE-OF-TRELLIS@{commit}"
    return BadInputError(
        f"version {version} of the template needs another Trellis",
        f"uv tool install --force {how}",
        code="version_not_found",
    )


def _nearest(version: str, versions: Sequence[str]) -> str:
    """Return the most similar versions that exist, and the newest ones."""
    if not versions:
        return "it has no versions yet; name a branch or a commit"
    close = get_close_matches(version, versions, n=1)
    meant = f"did you mean {close[0]}? " if close else ""
    return f"{meant}the newest: {', '.join(versions[:_FEW])}"


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
