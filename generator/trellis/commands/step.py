"""What the commands that change a service have in common: their options, and the way of a step."""

import subprocess
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

from trellis.errors import BadInputError
from trellis.git import GitError

if TYPE_CHECKING:
    from trellis.living.copies import Copies
    from trellis.living.service import Service
    from trellis.living.step import Step
    from trellis.living.template import Template

    Planning = Callable[[Service, Copies], "Plan | None"]

Folder = Annotated[Path, typer.Option("--service", metavar="FOLDER", help="The service's folder.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Show all that would change, and change nothing.")]
Discard = Annotated[bool, typer.Option("--discard", help="Give up files of yours, or that you use.")]
Check = Annotated[bool, typer.Option("--check", help="Run the service's own tests afterwards.")]

HERE = Path()


@dataclass(frozen=True)
class Options:
    """How a step is taken."""

    folder: Path
    dry_run: bool
    discard: bool
    check: bool


@dataclass(frozen=True)
class Plan:
    """What a step shall be.

    Args:
        changes: the answers that change.
        answers: all answers afterwards.
        version: the template's version afterwards.
        about: lines about it for the person.

    """

    changes: Mapping[str, object]
    answers: Mapping[str, object]
    version: str
    about: Sequence[str] = ()


def change_answers(
    command: str, options: Options, wanted: "Callable[[Template], Mapping[str, object]]"
) -> NoReturn:
    """Change answers of a service, in the template's version that it has; end with the exit code.

    Args:
        command: the command's name, for messages.
        options: how.
        wanted: takes the template, and returns the answers that change.

    """

    def plan(service: "Service", copies: "Copies") -> Plan:
        from trellis.living.template import opened_template  # noqa: PLC0415 (a second of imports)

        with opened_template(service, service.version, copies) as template:
            template.check_own()
            changes = wanted(template)
            return Plan(changes, template.answer(changes), service.version)

    take_step(command, options, plan)


def take_step(command: str, options: Options, plan: "Planning") -> NoReturn:
    """Take a step with a service, and end with the exit code.

    Args:
        command: the command's name, for messages.
        options: how.
        plan: takes the service and the copies of its template, and returns what the step shall be; None if
            there is nothing to do.

    """
    with reported(command):
        from trellis.living.journal import locked  # noqa: PLC0415 (--help can do without)
        from trellis.living.service import open_service, require_clean  # noqa: PLC0415 (likewise)

        service = open_service(options.folder)
        with locked(service.git_dir) as room:
            require_clean(service)
            code = _carry_out(command, options, service, plan, room)
        if options.check and not options.dry_run and code == 0:
            code = _run_tests(service.folder)
        raise typer.Exit(code)


@contextmanager
def reported(command: str) -> Iterator[None]:
    """Turn what goes wrong into one line and the exit code."""
    try:
        yield
    except BadInputError as error:
        stop(command, str(error), 2)
    except (GitError, OSError) as error:
        stop(command, " ".join(str(error).split()), 1)
    except KeyboardInterrupt:
        stop(command, "stopped; everything is as it was", 130)


def stop(command: str, message: str, code: int) -> NoReturn:
    """Say on the standard error what is wrong, and end."""
    typer.echo(f"trellis {command}: {message}", err=True)
    raise typer.Exit(code)


def _carry_out(
    command: str,
    options: Options,
    service: "Service",
    plan: "Planning",
    room: Path,
) -> int:
    from trellis.living.copies import Copies  # noqa: PLC0415 (a second of imports)
    from trellis.living.record import check_record  # noqa: PLC0415 (likewise)
    from trellis.living.step import made_step  # noqa: PLC0415 (likewise)

    with Copies() as copies:
        planned = plan(service, copies)
        if not planned:
            return 0
        with made_step(service, planned.changes, planned.version, copies) as step:
            check_record(service, step.rendered, copies)
            return _finish(command, options, step, planned, room)


def _finish(command: str, options: Options, step: "Step", plan: Plan, room: Path) -> int:
    from trellis.living import outcome  # noqa: PLC0415 (a second of imports)
    from trellis.living.losses import find_losses, find_mentions, find_missing  # noqa: PLC0415 (likewise)
    from trellis.living.rows import find_rows_left  # noqa: PLC0415 (likewise)
    from trellis.living.taking import take  # noqa: PLC0415 (likewise)

    losses = find_losses(step)
    lines = [*plan.about, *outcome.described(step, plan.answers)]
    mentions = find_mentions(step) + find_missing(step) + find_rows_left(step, plan.answers)
    lines += outcome.told_mentions(mentions)
    conflicts = outcome.told_conflicts(step)
    typer.echo("\n".join(lines + conflicts))
    if losses and not options.discard:
        stop(command, outcome.told_losses(losses), 1)
    if options.dry_run:
        typer.echo("\nNothing was changed (--dry-run).")
    else:
        take(step, room)
        typer.echo("\n".join(["", "Next:", "", *(f"  {line}" for line in outcome.next_commands(step))]))
    return 1 if conflicts else 0


def _run_tests(folder: Path) -> int:
    typer.echo("\nuv run pytest")
    try:
        done = subprocess.run(["uv", "run", "pytest"], cwd=folder, check=False)  # noqa: S607
    except FileNotFoundError:
        typer.echo("uv is not installed: python -m pip install uv", err=True)
        return 1
    return 1 if done.returncode else 0
