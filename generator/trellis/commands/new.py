"""`trellis new`: a new service."""

import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

from trellis.answers import given_answers
from trellis.commands.completion import complete_answer, complete_preset
from trellis.errors import BadInputError
from trellis.git import commit_all, read_identity
from trellis.presets import PRESETS
from trellis.template import template_address

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rich.status import Status

    from trellis.asking import Answers, Interview


def new(  # noqa: PLR0913 (one parameter for each option)
    directory: Annotated[Path, typer.Argument(help="The service's folder: a new one, or an empty one.")],
    *,
    defaults: Annotated[
        bool, typer.Option("--defaults", "-y", help="Ask nothing: answer by the defaults.")
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
            metavar="|".join(PRESETS), help="Give answers that go together.", autocompletion=complete_preset
        ),
    ] = None,
    answers: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Give the answers of a YAML file, such as .copier-answers.yml."),
    ] = None,
    vcs_ref: Annotated[
        str | None, typer.Option(metavar="REF", help="The template's version; the newest by default.")
    ] = None,
    git: Annotated[bool, typer.Option(help="Make a Git repository with a first commit.")] = True,
) -> None:
    """Make a new service: choose its features, check the answers, write it.

    Example: trellis new my-service --defaults --set database=postgresql

    --set comes before --answers, which comes before --preset.
    """
    try:
        given = given_answers(preset, answers, assignments or [])
        _require_terminal(unless=defaults)
        _make(directory, given, defaults=defaults, vcs_ref=vcs_ref, git=git)
    except BadInputError as error:
        _stop(str(error), 2)
    except KeyboardInterrupt:
        _stop("stopped; nothing was written", 130)


def _require_terminal(*, unless: bool) -> None:
    if not unless and not sys.stdin.isatty():
        raise BadInputError("asking needs a terminal; add --defaults, and --set NAME=VALUE for answers")


def _make(
    directory: Path, given: dict[str, object], *, defaults: bool, vcs_ref: str | None, git: bool
) -> None:
    from copier.errors import CopierError  # noqa: PLC0415 (a second of imports, which --help can do without)

    from trellis.commands.conversation import command_for, converse  # noqa: PLC0415 (likewise)
    from trellis.making import make_service  # noqa: PLC0415 (likewise)

    progress = _Progress()
    options = [*(["--vcs-ref", vcs_ref] if vcs_ref else []), *([] if git else ["--no-git"])]

    def command(changes: "Mapping[str, object]") -> str:
        return command_for(str(directory), changes, *options)

    def talk(interview: "Interview", given: "Answers") -> "Answers":
        return converse(interview, given, command)

    def finish(folder: Path, answers: "Answers") -> None:
        if git and (missing := commit_all(folder, author=answers["author"], email=answers["email"])):
            progress.stop()
            typer.echo(f"trellis new: no commit was made: {missing}", err=True)

    try:
        made = make_service(
            template_address(),
            directory,
            given,
            talk=None if defaults else talk,
            before_writing=progress.start,
            finish=finish,
            user_defaults=read_identity(),
            vcs_ref=vcs_ref,
        )
    except KeyboardInterrupt:
        raise  # Copier's own, at a question, is a CopierError as well
    except (CopierError, OSError) as error:
        _stop(" ".join(str(error).split()), 1)
    finally:
        progress.stop()
    typer.echo(_outcome(directory, made.answers, command(made.changes)))


class _Progress:
    """A sign of life on a terminal, while files are written."""

    def __init__(self) -> None:
        self._status: Status | None = None

    def start(self) -> None:
        if sys.stderr.isatty():
            from rich.console import Console  # noqa: PLC0415 (only for people who watch)

            self._status = Console(file=sys.__stderr__).status("Writing the service …")
            self._status.start()

    def stop(self) -> None:
        if self._status:
            self._status.stop()


def _outcome(directory: Path, answers: "Answers", command: str) -> str:
    lines = [
        f"{directory}/",
        *_outline(directory),
        "",
        "Command for the same service:",
        "",
        f"  {command}",
        "",
        "Next:",
        "",
    ]
    following = [f"cd {shlex.quote(str(directory))}", "uv sync", "uv run pytest", answers["start_command"]]
    return "\n".join([*lines, *(f"  {line}" for line in following)])


def _outline(folder: Path) -> list[str]:
    """Return a line for each thing in a folder: folders first, with the number of files below them."""
    found = sorted(folder.iterdir(), key=lambda path: (path.is_file(), path.name))
    return [
        f"  {path.name}" if path.is_file() else f"  {path.name + '/':<14}{_count(path)}"
        for path in found
        if path.name != ".git"
    ]


def _count(folder: Path) -> str:
    files = sum(path.is_file() for path in folder.rglob("*"))
    return "1 file" if files == 1 else f"{files} files"


def _stop(message: str, code: int) -> NoReturn:
    typer.echo(f"trellis new: {message}", err=True)
    raise typer.Exit(code)
