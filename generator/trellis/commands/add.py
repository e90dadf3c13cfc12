"""`trellis add`: a feature that the service has not."""

from typing import TYPE_CHECKING, Annotated

import typer

from trellis.commands.completion import complete_answer
from trellis.commands.step import HERE, Check, Discard, DryRun, Folder, Options, change_answers
from trellis.errors import BadInputError

if TYPE_CHECKING:
    from trellis.living.template import Template


def add(
    features: Annotated[
        list[str],
        typer.Argument(metavar="NAME=CHOICE…", help="What is added.", autocompletion=complete_answer),
    ],
    *,
    folder: Folder = HERE,
    dry_run: DryRun = False,
    discard: Discard = False,
    check: Check = False,
) -> None:
    """Add features to a service, in the version of the template that it has.

    Example: trellis add database=postgresql static_files

    All lines of yours stay; the service must be committed, so that git diff shows what was done.
    Exit code 0 if all is well, 1 with conflicts or losses, 2 if the input makes no sense.
    """

    def wanted(template: "Template") -> dict[str, object]:
        return dict(_added(feature, template) for feature in features)

    change_answers("add", Options(folder, dry_run, discard, check), wanted)


def _added(feature: str, template: "Template") -> tuple[str, object]:
    name, equals, choice = feature.partition("=")
    question = template.question(name)
    if not equals:
        choices = [choice for choice in question.choices if choice != question.absent]
        if len(choices) != 1:
            raise BadInputError(
                f"say which {name}: {', '.join(f'{name}={value}' for value in choices) or f'{name}=…'}"
            )
        [choice] = choices
    current = template.current(name)
    if choice == question.absent:
        raise BadInputError(f"{name}={choice} adds nothing; to take it away: trellis drop {name}")
    if current not in (None, question.absent):
        other = "" if current == choice else f"; to change it: trellis switch {name}={choice}"
        raise BadInputError(f"the service has {name}={current} already{other}")
    return name, choice
