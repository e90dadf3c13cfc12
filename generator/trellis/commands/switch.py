"""`trellis switch`: another answer to a question."""

from typing import TYPE_CHECKING, Annotated

import typer

from trellis.commands.completion import complete_answer
from trellis.commands.step import HERE, Check, Discard, DryRun, Folder, Options, change_answers
from trellis.errors import BadInputError

if TYPE_CHECKING:
    from trellis.living.template import Template


def switch(
    answers: Annotated[
        list[str],
        typer.Argument(metavar="NAME=CHOICE…", help="What is answered now.", autocompletion=complete_answer),
    ],
    *,
    folder: Folder = HERE,
    dry_run: DryRun = False,
    discard: Discard = False,
    check: Check = False,
) -> None:
    """Change answers of a service, in the version of the template that it has.

    Example: trellis switch database=postgresql python_version=3.12

    Files that hold lines of yours, or that your code imports, are named, and go only with --discard.
    Exit code 0 if all is well, 1 with conflicts or losses, 2 if the input makes no sense.
    """

    def wanted(template: "Template") -> dict[str, object]:
        return dict(_switched(answer, template) for answer in answers)

    change_answers("switch", Options(folder, dry_run, discard, check), wanted)


def _switched(answer: str, template: "Template") -> tuple[str, object]:
    name, equals, choice = answer.partition("=")
    template.question(name)
    if not equals:
        raise BadInputError(f"switch takes NAME=CHOICE, not {answer!r}")
    if template.current(name) == choice:
        raise BadInputError(f"the service has {answer} already")
    return name, choice
