"""`trellis status`: how a service stands to its template."""

import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from trellis.answers import spelled
from trellis.commands.step import HERE, Folder, reported

if TYPE_CHECKING:
    from trellis.living.condition import Condition


def status(
    *,
    folder: Folder = HERE,
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
    exit_code: Annotated[bool, typer.Option("--exit-code", help="End with 1 where an update waits.")] = False,
) -> None:
    """Show a service's template and version, its answers, and which of the template's files you changed.

    Example: trellis status --exit-code

    --json gives template, version, newer (versions), answers, changed and deleted (files), and problems: what
    a step would be refused for, such as an answers file that is not sound.
    """
    with reported("status"):
        from trellis.living.condition import find_condition  # noqa: PLC0415 (a second of imports)
        from trellis.living.journal import locked  # noqa: PLC0415 (likewise)
        from trellis.living.service import open_service  # noqa: PLC0415 (likewise)

        service = open_service(folder)
        with locked(service.git_dir):
            condition = find_condition(service)
        typer.echo(json.dumps(asdict(condition), indent=2) if as_json else "\n".join(_lines(condition)))
        raise typer.Exit(1 if exit_code and condition.newer else 0)


def _lines(condition: "Condition") -> list[str]:
    waiting = f"; {condition.newer[0]} waits: trellis update" if condition.newer else ""
    lines = [f"Template  {condition.template}", f"Version   {condition.version}{waiting}", "", "Answers"]
    lines += [f"  {name}={spelled(value)}" for name, value in condition.answers.items()]
    for title, paths in (
        ("The template's files that you changed", condition.changed),
        ("The template's files that you deleted", condition.deleted),
        ("Not sound", condition.problems),
    ):
        lines += ["", title, *(f"  {path}" for path in paths)] if paths else []
    return lines
