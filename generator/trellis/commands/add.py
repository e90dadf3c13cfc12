"""`trellis add`: add features to a service."""

from typing import TYPE_CHECKING, Annotated

import typer

from trellis.commands._change import HERE, Check, Discard, DryRun, Folder, Options, change_answers
from trellis.commands.completion import complete_added
from trellis.errors import BadInputError
from trellis.output import AsJson

if TYPE_CHECKING:
    from trellis.lifecycle.service_template import Template


def add(  # noqa: PLR0913 (one parameter for each option)
    features: Annotated[
        list[str],
        typer.Argument(metavar="NAME=CHOICE", help="The features to add.", autocompletion=complete_added),
    ],
    *,
    folder: Folder = HERE,
    dry_run: DryRun = False,
    discard: Discard = False,
    check: Check = False,
    as_json: AsJson = False,
) -> None:
    """Add features to a service.

    Example: trellis add database=postgresql static_files

    Commit first: git diff then shows what changed. Your lines stay.

    Exit codes: 0 done; 1 conflicts, failed, or needs --discard; 2 invalid input.
    """

    def wanted(template: "Template") -> dict[str, object]:
        return dict(_added(feature, template) for feature in features)

    change_answers("add", Options(folder, dry_run, discard, check, as_json), wanted)


def _added(feature: str, template: "Template") -> tuple[str, object]:
    name, equals, choice = feature.partition("=")
    question = template.question(name)
    if not equals:
        choices = [choice for choice in question.choices if choice != question.absent]
        if len(choices) != 1:
            allowed = ", ".join(f"{name}={value}" for value in choices) or f"{name}=…"
            raise BadInputError(f"choose a value for {name}", allowed, code="invalid_answer")
        [choice] = choices
    current = template.current(name)
    if choice == question.absent:
        raise BadInputError(
            f"{name}={choice} adds nothing", f"to drop it: trellis drop {name}", code="invalid_answer"
        )
    if current not in (None, question.absent):
        hint = "" if current == choice else f"to change it: trellis switch {name}={choice}"
        raise BadInputError(f"the service already has {name}={current}", hint, code="invalid_answer")
    return name, choice
