"""`trellis switch`: change answers of a service."""

from typing import TYPE_CHECKING, Annotated

import typer

from trellis.commands._change import HERE, Check, Discard, DryRun, Folder, Options, change_answers
from trellis.commands.completion import complete_switched
from trellis.errors import BadInputError
from trellis.output import AsJson

if TYPE_CHECKING:
    from trellis.lifecycle.service_template import Template


def switch(  # noqa: PLR0913 (one parameter for each option)
    answers: Annotated[
        list[str],
        typer.Argument(metavar="NAME=CHOICE", help="The new answers.", autocompletion=complete_switched),
    ],
    *,
    folder: Folder = HERE,
    dry_run: DryRun = False,
    discard: Discard = False,
    check: Check = False,
    as_json: AsJson = False,
) -> None:
    """Change answers of a service.

    Example: trellis switch database=postgresql python_version=3.12

    Commit first: git diff then shows what changed. Files that you edited or import are deleted only with
    --discard.

    Exit codes: 0 done; 1 conflicts, failed, or needs --discard; 2 invalid input.
    """

    def wanted(template: "Template") -> dict[str, object]:
        return dict(_switched(answer, template) for answer in answers)

    change_answers("switch", Options(folder, dry_run, discard, check, as_json), wanted)


def _switched(answer: str, template: "Template") -> tuple[str, object]:
    name, equals, choice = answer.partition("=")
    template.question(name)
    if not equals:
        raise BadInputError(f"switch takes NAME=CHOICE, not {answer!r}", code="invalid_answer")
    if template.current(name) == choice:
        raise BadInputError(f"the service already has {answer}", code="invalid_answer")
    return name, choice
