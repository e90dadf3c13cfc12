"""`trellis drop`: a feature that the service has no longer."""

from typing import TYPE_CHECKING, Annotated

import typer

from trellis.commands.completion import complete_name
from trellis.commands.step import HERE, Check, Discard, DryRun, Folder, Options, change_answers
from trellis.errors import BadInputError

if TYPE_CHECKING:
    from trellis.living.template import Template


def drop(
    features: Annotated[
        list[str], typer.Argument(metavar="NAME…", help="What is dropped.", autocompletion=complete_name)
    ],
    *,
    folder: Folder = HERE,
    dry_run: DryRun = False,
    discard: Discard = False,
    check: Check = False,
) -> None:
    """Drop features from a service, in the version of the template that it has.

    Example: trellis drop database static_files

    Files that hold lines of yours, or that your code imports, are named, and go only with --discard.
    Exit code 0 if all is well, 1 with conflicts or losses, 2 if the input makes no sense.
    """

    def wanted(template: "Template") -> dict[str, object]:
        return dict(_dropped(name, template) for name in features)

    change_answers("drop", Options(folder, dry_run, discard, check), wanted)


def _dropped(name: str, template: "Template") -> tuple[str, object]:
    if "=" in name:
        raise BadInputError(f"drop takes the name alone: trellis drop {name.partition('=')[0]}")
    question, current = template.question(name), template.current(name)
    if question.absent is None:
        raise BadInputError(f"every service has {name}; to change it: trellis switch {name}=…")
    if current in (None, question.absent):
        raise BadInputError(f"the service has no {name}")
    return name, question.absent
