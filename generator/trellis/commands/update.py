"""`trellis update`: update a service to a newer version of the template."""

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from trellis.answers import given_answers
from trellis.commands._change import HERE, Check, Discard, DryRun, Folder, Options, Plan, take_step
from trellis.commands.completion import complete_answer, complete_version
from trellis.errors import BadInputError
from trellis.output import AsJson

if TYPE_CHECKING:
    from trellis.lifecycle.copier_worker import Copies
    from trellis.lifecycle.service import Service


def update(  # noqa: PLR0913 (one parameter for each option)
    *,
    folder: Folder = HERE,
    to: Annotated[
        str | None,
        typer.Option(
            "--to",
            metavar="VERSION",
            help="The version; default: the newest.",
            autocompletion=complete_version,
        ),
    ] = None,
    assignments: Annotated[
        list[str] | None,
        typer.Option(
            "--set",
            "-s",
            metavar="NAME=VALUE",
            help="Answer a new question; repeatable.",
            autocompletion=complete_answer,
        ),
    ] = None,
    defaults: Annotated[
        bool, typer.Option("--defaults", "-y", help="Use the defaults for new questions; ask nothing.")
    ] = False,
    dry_run: DryRun = False,
    discard: Discard = False,
    check: Check = False,
    as_json: AsJson = False,
) -> None:
    """Update a service to a newer version of the template.

    Example: trellis update --dry-run

    Commit first: git diff then shows what changed. Your lines stay.

    Exit codes: 0 done; 1 conflicts, failed, or needs --discard; 2 invalid input.
    """

    def plan(service: "Service", copies: "Copies") -> Plan | None:
        from trellis.lifecycle.service_template import opened_template  # noqa: PLC0415 (a second of imports)
        from trellis.lifecycle.versions import CHANGELOG, changes_between  # noqa: PLC0415 (likewise)

        version = _wanted(service, to)
        with opened_template(service, service.version, copies) as old:
            old.check_own()
        with opened_template(service, version, copies) as new:
            if new.version == service.version:
                return None
            changes = given_answers(None, None, assignments or [])
            if may_ask and sys.stdin.isatty():
                changes = new.ask_new(changes)
            changelog = changes_between(new.text(CHANGELOG), service.version, new.version)
            return Plan(changes, new.answer(changes), new.version, changelog)

    may_ask = not (defaults or dry_run or as_json)
    take_step("update", Options(folder, dry_run, discard, check, as_json), plan)


def _wanted(service: "Service", to: str | None) -> str | None:
    """Return the version to update to; None for the newest commit of a template without versions."""
    from trellis.lifecycle.versions import checked_version, newer_than, parsed, read_versions  # noqa: PLC0415 (likewise)

    versions = read_versions(service)
    if to is None:
        newer = newer_than(service, versions)
        return newer[0] if newer else service.version if versions else None
    checked_version(to)
    if parsed(to) and to not in versions and f"v{to}" in versions:
        to = f"v{to}"
    own, wanted = parsed(service.version), parsed(to)
    if own and wanted and wanted < own:
        newest = newer_than(service, versions)[:1] or [service.version]
        raise BadInputError(
            f"{to} is older than the service's version {service.version}; the newest is {newest[0]}",
            "to undo an update: git revert",
            code="version_too_old",
        )
    return to
