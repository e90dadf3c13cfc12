"""`trellis new`: make a new service."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from trellis.address import checked_address
from trellis.answers import given_answers
from trellis.commands.completion import complete_answer, complete_preset, complete_version
from trellis.errors import BadInputError, TrellisError
from trellis.git import read_identity
from trellis.output import AsJson, print_json, print_lines, reported
from trellis.presets import PRESETS
from trellis.repository import Repository
from trellis.template_source import limits_of, template_address, version_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rich.status import Status

    from trellis.commands._new_outcome import NewOutcome
    from trellis.interview import Answers, Interview

_GIT: dict[bool | None, list[str]] = {None: [], True: ["--git"], False: ["--no-git"]}


def new(  # noqa: PLR0913 (one parameter for each option)
    directory: Annotated[Path, typer.Argument(help="The service's folder, new or empty.")],
    *,
    defaults: Annotated[
        bool, typer.Option("--defaults", "-y", help="Use the defaults; ask nothing.")
    ] = False,
    assignments: Annotated[
        list[str] | None,
        typer.Option(
            "--set",
            "-s",
            metavar="NAME=VALUE",
            help="Give an answer; repeatable.",
            autocompletion=complete_answer,
        ),
    ] = None,
    preset: Annotated[
        str | None,
        typer.Option(
            metavar="|".join(PRESETS), help="Give a set of answers.", autocompletion=complete_preset
        ),
    ] = None,
    answers: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Give the answers of a YAML file."),
    ] = None,
    vcs_ref: Annotated[
        str | None,
        typer.Option(
            metavar="REF",
            help="The template's version; default: the newest.",
            autocompletion=complete_version,
        ),
    ] = None,
    address: Annotated[
        str | None,
        typer.Option(metavar="ADDRESS", help="The template's address, for updates."),
    ] = None,
    git: Annotated[
        bool | None,
        typer.Option(
            "--git/--no-git",
            help="Make a Git repository, if not inside one.",
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Make a new service.

    Example: trellis new my-service --defaults --set database=postgresql

    --set overrides --answers, which overrides --preset.

    Exit codes: 0 done, 1 failed, 2 invalid input.
    """
    with reported("new", as_json=as_json):
        given = given_answers(preset, answers, assignments or [])
        _require_terminal(unless=defaults or as_json)
        outcome = _make(
            directory,
            given,
            defaults=defaults or as_json,
            vcs_ref=vcs_ref,
            address=None if address is None else checked_address(address),
            git=git,
        )
    if as_json:
        print_json(outcome)
    else:
        for warning in outcome.warnings:
            typer.echo(f"trellis new: {warning}", err=True)
        print_lines(outcome.lines())


def _require_terminal(*, unless: bool) -> None:
    if not unless and not sys.stdin.isatty():
        raise BadInputError(
            "cannot ask without a terminal",
            "add --defaults, and --set NAME=VALUE for answers",
            code="terminal_required",
        )


def _make(  # noqa: PLR0913 (likewise)
    directory: Path,
    given: dict[str, object],
    *,
    defaults: bool,
    vcs_ref: str | None,
    address: str | None,
    git: bool | None,
) -> "NewOutcome":
    from copier.errors import CopierError  # noqa: PLC0415 (a second of imports, which --help can do without)

    from trellis.commands._conversation import command_for, converse  # noqa: PLC0415 (likewise)
    from trellis.commands._new_outcome import created  # noqa: PLC0415 (likewise)
    from trellis.create import make_service  # noqa: PLC0415 (likewise)

    source = template_address(address)
    progress = _Progress()
    version, drafts = (vcs_ref, ()) if vcs_ref is not None else version_of(source)
    warnings = [*limits_of(source), *drafts]
    options = [
        *(["--vcs-ref", vcs_ref] if vcs_ref else []),
        *(["--address", address] if address else []),
        *_GIT[git],
    ]

    def command(changes: "Mapping[str, object]") -> str:
        return command_for(str(directory), changes, *options)

    def talk(interview: "Interview", given: "Answers") -> "Answers":
        return converse(interview, given, command)

    def finish(folder: Path, answers: "Answers") -> None:
        warnings.extend(Repository(git, directory.absolute()).commit(folder, answers))

    try:
        made = make_service(
            source,
            directory,
            given,
            talk=None if defaults else talk,
            before_writing=progress.start,
            finish=finish,
            user_defaults=read_identity(),
            vcs_ref=version,
        )
    except KeyboardInterrupt:
        raise  # at a question, Copier raises one that is also a CopierError
    except CopierError as error:
        raise TrellisError(" ".join(str(error).split()), code="template_error") from error
    finally:
        progress.stop()
    return created(directory, made.answers["start_command"], command(made.changes), warnings)


class _Progress:
    """A progress sign on a terminal, while files are written."""

    def __init__(self) -> None:
        self._status: Status | None = None

    def start(self) -> None:
        if sys.stderr.isatty():
            from rich.console import Console  # noqa: PLC0415 (only on a terminal)

            self._status = Console(file=sys.__stderr__).status("Writing the service …")
            self._status.start()

    def stop(self) -> None:
        if self._status:
            self._status.stop()
