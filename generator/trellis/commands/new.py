"""`trellis new`: a new service."""

import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

from trellis.answers import given_answers, spelled
from trellis.commands.completion import complete_answer, complete_preset
from trellis.errors import BadInputError
from trellis.git import commit_all
from trellis.presets import PRESETS
from trellis.template import template_address

if TYPE_CHECKING:
    from rich.status import Status

    from trellis.making import Answers


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
    """Make a new service: ask what it shall have, show the answers, write it.

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

    from trellis.making import make_service  # noqa: PLC0415 (likewise)

    progress = _Progress()

    def before_writing(answers: "Answers") -> None:
        if not defaults:
            _confirm(answers)
        progress.start()

    def finish(folder: Path, answers: "Answers") -> None:
        if git and (missing := commit_all(folder, author=answers["author"], email=answers["email"])):
            progress.stop()
            typer.echo(f"trellis new: no commit was made: {missing}", err=True)

    try:
        made = make_service(
            template_address(),
            directory,
            given,
            before_writing=before_writing,
            finish=finish,
            defaults=defaults,
            vcs_ref=vcs_ref,
        )
    except KeyboardInterrupt:
        raise  # Copier's own, at a question, is a CopierError as well
    except (CopierError, OSError) as error:
        _stop(" ".join(str(error).split()), 1)
    finally:
        progress.stop()
    typer.echo(_outcome(directory, made))


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


def _confirm(answers: "Answers") -> None:
    width = max(map(len, answers))
    typer.echo()
    for name, value in answers.items():
        typer.echo(f"  {name:<{width}}  {spelled(value)}")
    typer.echo()
    if not typer.confirm("Write this service?", default=True):
        raise KeyboardInterrupt


def _outcome(directory: Path, answers: "Answers") -> str:
    lines = [f"{directory}/", *_outline(directory), "", "Next:", ""]
    commands = [f"cd {shlex.quote(str(directory))}", "uv sync", "uv run pytest", answers["start_command"]]
    return "\n".join([*lines, *(f"  {command}" for command in commands)])


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
