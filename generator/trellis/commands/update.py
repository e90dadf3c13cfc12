"""`trellis update`: another version of the template."""

import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated

import typer

from trellis.answers import given_answers, spelled
from trellis.commands.step import HERE, Check, Discard, DryRun, Folder, Options, Plan, take_step
from trellis.errors import BadInputError

if TYPE_CHECKING:
    from trellis.living.copies import Copies
    from trellis.living.service import Service
    from trellis.living.template import Template


def update(  # noqa: PLR0913 (one parameter for each option)
    *,
    folder: Folder = HERE,
    to: Annotated[
        str | None, typer.Option("--to", metavar="VERSION", help="This version; the newest by default.")
    ] = None,
    assignments: Annotated[
        list[str] | None,
        typer.Option("--set", "-s", metavar="NAME=VALUE", help="Answer a new question; repeatable."),
    ] = None,
    defaults: Annotated[
        bool, typer.Option("--defaults", "-y", help="Ask nothing: answer new questions by their defaults.")
    ] = False,
    dry_run: DryRun = False,
    discard: Discard = False,
    check: Check = False,
) -> None:
    """Bring a service to a newer version of its template, and show what changed between the two.

    Example: trellis update --dry-run

    All lines of yours stay; the service must be committed, so that git diff shows what was done.
    Exit code 0 if all is well, 1 with conflicts or losses, 2 if the input makes no sense.
    """

    def plan(service: "Service", copies: "Copies") -> Plan | None:
        from trellis.living.template import opened_template  # noqa: PLC0415 (a second of imports)
        from trellis.living.versions import CHANGELOG, changes_between  # noqa: PLC0415 (likewise)

        version = _wanted(service, to)
        with opened_template(service, service.version, copies) as old:
            old.check_own()
        with opened_template(service, version, copies) as new:
            if new.version == service.version:
                typer.echo(f"{service.version} is the newest version; there is nothing to do")
                return None
            changes = given_answers(None, None, assignments or [])
            changes |= _asked(new, changes) if sys.stdin.isatty() and not defaults and not dry_run else {}
            answers = new.answer(changes)
            about = [f"Template: {service.version} -> {new.version}", ""]
            about += changes_between(new.text(CHANGELOG), service.version, new.version)
            return Plan(changes, answers, new.version, about)

    take_step("update", Options(folder, dry_run, discard, check), plan)


def _wanted(service: "Service", to: str | None) -> str | None:
    """Return the version that is wanted; None for the newest of a template without versions."""
    from trellis.living.versions import newer_than, parsed, read_versions  # noqa: PLC0415 (likewise)

    versions = read_versions(service)
    if to is None:
        newer = newer_than(service, versions)
        return newer[0] if newer else service.version if versions else None
    if parsed(to) and to not in versions and f"v{to}" in versions:
        to = f"v{to}"
    own, wanted = parsed(service.version), parsed(to)
    if own and wanted and wanted < own:
        raise BadInputError(
            f"{to} is older than the service's {service.version}; git revert takes an update back"
        )
    return to


def _asked(template: "Template", given: Mapping[str, object]) -> dict[str, str]:
    """Ask the questions that are new to a service."""
    found: dict[str, str] = {}
    for name, default in template.new_answers(given).items():
        question = template.questions[name]
        allowed = f" ({', '.join(question.choices)})" if question.choices else ""
        found[name] = typer.prompt(f"{question.help or name}{allowed}", default=spelled(default))
    return found
