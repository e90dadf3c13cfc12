"""The options and the course of the commands that change a service: add, drop, switch, update."""

import subprocess
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

from trellis.output import Error, print_json, print_lines, reported

if TYPE_CHECKING:
    from trellis.lifecycle.copier_worker import Copies
    from trellis.lifecycle.outcome import Command, StepOutcome
    from trellis.lifecycle.service import Service
    from trellis.lifecycle.service_template import Template

    Planning = Callable[[Service, Copies], "Plan | None"]

Folder = Annotated[
    Path, typer.Option("--service", metavar="FOLDER", help="The service's folder, or one below it.")
]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Show what would change, and change nothing.")]
Discard = Annotated[bool, typer.Option("--discard", help="Delete files that you edited or import, and data.")]
Check = Annotated[bool, typer.Option("--check", help="Run the service's tests afterwards.")]

HERE = Path()
_STDERR = 2


@dataclass(frozen=True)
class Options:
    """The options of a step."""

    folder: Path
    dry_run: bool
    discard: bool
    check: bool
    as_json: bool


@dataclass(frozen=True)
class Plan:
    """The goal of a step.

    Args:
        changes: the answers that change.
        answers: all answers afterwards.
        version: the template's version afterwards.
        changelog: the lines of the template's changelog between the two versions.

    """

    changes: Mapping[str, object]
    answers: Mapping[str, object]
    version: str
    changelog: Sequence[str] = ()


def change_answers(
    command: "Command", options: Options, wanted: "Callable[[Template], Mapping[str, object]]"
) -> NoReturn:
    """Change answers of a service, keep its version of the template, and end with the exit code.

    Args:
        command: the command's name, for messages.
        options: its options.
        wanted: takes the template, and returns the answers that change.

    """

    def plan(service: "Service", copies: "Copies") -> Plan:
        from trellis.lifecycle.service_template import opened_template  # noqa: PLC0415 (a second of imports)

        with opened_template(service, service.version, copies) as template:
            template.check_own()
            changes = wanted(template)
            return Plan(changes, template.answer(changes), service.version)

    take_step(command, options, plan)


def take_step(command: "Command", options: Options, plan: "Planning") -> NoReturn:
    """Take a step with a service, and end with the exit code.

    Args:
        command: the command's name, for messages.
        options: its options.
        plan: takes the service and the copies of its template, and returns the goal of the step; None if
            there is nothing to do.

    """
    with reported(command, as_json=options.as_json):
        from trellis.lifecycle.service import open_service, require_clean  # noqa: PLC0415 (likewise)
        from trellis.lifecycle.transaction import locked  # noqa: PLC0415 (--help can do without)

        service = open_service(options.folder)
        with locked(service.git_dir) as room:
            require_clean(service)
            outcome = _outcome(command, options, service, plan, room)
        if not options.as_json:
            _show(outcome)
        if options.check and outcome.applied and not outcome.error:
            outcome = _tested(outcome, as_json=options.as_json)
        if options.as_json:
            print_json(outcome)
        raise typer.Exit(_exit_code(outcome))


def _outcome(
    command: "Command", options: Options, service: "Service", plan: "Planning", room: Path
) -> "StepOutcome":
    """Take the step, unless its outcome says that it is not applied."""
    from trellis.lifecycle.apply import apply_step  # noqa: PLC0415 (likewise)
    from trellis.lifecycle.copier_worker import Copies  # noqa: PLC0415 (a second of imports)
    from trellis.lifecycle.impact import find_losses, find_mentions, find_missing  # noqa: PLC0415 (likewise)
    from trellis.lifecycle.integrity import check_integrity  # noqa: PLC0415 (likewise)
    from trellis.lifecycle.rows import find_rows_left  # noqa: PLC0415 (likewise)
    from trellis.lifecycle.step import made_step  # noqa: PLC0415 (likewise)
    from trellis.lifecycle.summary import outcome_of, unchanged  # noqa: PLC0415 (likewise)

    with Copies() as copies:
        planned = plan(service, copies)
        if not planned:
            return unchanged(command, service, dry_run=options.dry_run)
        with made_step(service, planned.changes, planned.version, copies) as step:
            check_integrity(service, step.rendered, step.moves, copies)
            outcome = outcome_of(
                command,
                step,
                planned.answers,
                planned.version,
                changelog=planned.changelog,
                losses=find_losses(step),
                warnings=find_mentions(step) + find_missing(step) + find_rows_left(step, planned.answers),
                dry_run=options.dry_run,
                discard=options.discard,
            )
            if outcome.applied:
                apply_step(step, room)
            return outcome


def _show(outcome: "StepOutcome") -> None:
    from trellis.lifecycle.outcome import lines_of, refusal_of  # noqa: PLC0415 (likewise)

    print_lines(lines_of(outcome))
    if outcome.error and outcome.error.code == "would_delete":
        typer.echo(f"trellis {outcome.command}: {refusal_of(outcome)}", err=True)


def _tested(outcome: "StepOutcome", *, as_json: bool) -> "StepOutcome":
    """Run the service's tests; with --json, they write to the standard error."""
    typer.echo("\nuv run pytest", err=as_json)
    problem = _test_problem(outcome.folder, stdout=_STDERR if as_json else None)
    if problem and not as_json:
        typer.echo(f"trellis {outcome.command}: {problem}", err=True)
    return replace(outcome, tests_passed=not problem, error=problem)


def _test_problem(folder: str, stdout: int | None) -> Error | None:
    try:
        done = subprocess.run(["uv", "run", "pytest"], cwd=folder, stdout=stdout, check=False)  # noqa: S607
    except FileNotFoundError:
        return Error(code="tests_failed", message="uv is not installed", hint="pipx install uv")
    except KeyboardInterrupt:
        return Error(code="interrupted", message="the tests were interrupted; the changes are in place")
    if done.returncode:
        return Error(code="tests_failed", message="the service's tests fail; the changes are in place")
    return None


def _exit_code(outcome: "StepOutcome") -> int:
    if not outcome.error:
        return 0
    return 130 if outcome.error.code == "interrupted" else 1
