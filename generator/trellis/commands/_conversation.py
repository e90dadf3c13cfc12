"""The conversation of `trellis new`: the questions, a summary, and changes of single answers."""

import shlex
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

import questionary
import typer

from trellis.answers import spelled

if TYPE_CHECKING:
    from trellis.interview import Answers, Interview

_STOP = "Stop without writing anything"


def converse(
    interview: "Interview", given: "Answers", command: "Callable[[Mapping[str, object]], str]"
) -> "Answers":
    """Ask for the answers, and let the user change them until they are confirmed.

    Args:
        interview: asks the questions.
        given: answers that are not asked for.
        command: returns the command that makes the service with these changes of the defaults.

    Returns:
        All answers.

    Raises:
        KeyboardInterrupt: the user stops.

    """
    answers = interview.ask(given, fixed=given)
    while not _confirmed(answers):
        typer.echo(f"\nThis command gives the same answers:\n\n  {command(interview.changes(answers))}\n")
        name = _choose(answers)
        if name == _STOP:
            raise KeyboardInterrupt
        answers = interview.ask(answers, again={name})
    return answers


def command_for(directory: str, changes: Mapping[str, object], *options: str) -> str:
    """Return the command that makes a service without asking.

    Args:
        directory: the service's folder.
        changes: the answers that differ from the defaults.
        options: further options.

    """
    given = [part for name, value in changes.items() for part in ("--set", f"{name}={spelled(value)}")]
    return shlex.join(["trellis", "new", directory, "--defaults", *given, *options])


def _confirmed(answers: "Answers") -> bool:
    typer.echo("\n" + "\n".join(f"  {line}" for line in _lines(answers).values()) + "\n")
    return bool(questionary.confirm("Write this service?").unsafe_ask())


def _choose(answers: "Answers") -> str:
    choices = [questionary.Choice(line, value=name) for name, line in _lines(answers).items()]
    asked = questionary.select("Which answer do you want to change?", [*choices, _STOP])
    return str(asked.unsafe_ask())


def _lines(answers: "Answers") -> dict[str, str]:
    width = max(map(len, answers))
    return {name: f"{name:<{width}}  {spelled(value)}" for name, value in answers.items()}
