"""`trellis drop`: remove features from a service."""

from typing import TYPE_CHECKING, Annotated

import typer

from trellis.commands._change import HERE, Check, Discard, DryRun, Folder, Options, change_answers
from trellis.commands.completion import complete_dropped
from trellis.errors import BadInputError
from trellis.output import AsJson

if TYPE_CHECKING:
    from trellis.lifecycle.service_template import Template


def drop(  # noqa: PLR0913 (one parameter for each option)
    features: Annotated[
        list[str],
        typer.Argument(metavar="NAME", help="The features to drop.", autocompletion=complete_dropped),
    ],
    *,
    folder: Folder = HERE,
    dry_run: DryRun = False,
    discard: Discard = False,
    check: Check = False,
    as_json: AsJson = False,
) -> None:
    """Drop features from a service.

    Example: trellis drop database static_files

    Commit first: git diff then shows what changed. Files that you edited or import are deleted only with
    --discard.

    Exit codes: 0 done; 1 conflicts, failed, or needs --discard; 2 invalid input.
    """

    def wanted(template: "Template") -> dict[str, object]:
        return dict(_dropped(name, template) for name in features)

    change_answers("drop", Options(folder, dry_run, discard, check, as_json), wanted)


def _dropped(name: str, template: "Template") -> tuple[str, object]:
    if "=" in name:
        raise BadInputError(
            "drop takes the name only", f"trellis drop {name.partition('=')[0]}", code="invalid_answer"
        )
    question, current = template.question(name), template.current(name)
    if question.absent is None:
        raise BadInputError(
            f"every service has {name}", f"to change it: trellis switch {name}=…", code="invalid_answer"
        )
    if current in (None, question.absent):
        raise BadInputError(f"the service has no {name}", code="invalid_answer")
    return name, question.absent
