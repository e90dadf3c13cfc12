"""`trellis move`: change the address of a service's template."""

from dataclasses import dataclass
from typing import Annotated, Literal

import typer

from trellis.address import checked_address
from trellis.commands._change import HERE, Folder
from trellis.output import AsJson, Error, Model, print_json, print_lines, reported


@dataclass(frozen=True, kw_only=True)
class MoveOutcome(Model):
    """The new address of a service's template."""

    command: Literal["move"] = "move"
    folder: str
    template: str
    old_template: str
    version: str
    next: list[str]
    """Commands to run next, in the service's folder."""
    error: Error | None = None

    def lines(self) -> list[str]:
        """Return this for people."""
        return [
            f"The template is now at {self.template}",
            "",
            "Next:",
            "",
            *(f"  {line}" for line in self.next),
        ]


def move(
    address: Annotated[str, typer.Argument(help="The template's new address.")],
    *,
    folder: Folder = HERE,
    as_json: AsJson = False,
) -> None:
    """Change the address of a service's template.

    Example: trellis move https://git.example.com/trellis.git

    The template there must have the service's version.

    Exit codes: 0 done, 1 failed, 2 invalid input.
    """
    with reported("move", as_json=as_json):
        address = checked_address(address)
        from trellis.lifecycle.copier_worker import Copies  # noqa: PLC0415 (a second of imports)
        from trellis.lifecycle.service import moved, open_service, require_clean  # noqa: PLC0415 (likewise)
        from trellis.lifecycle.service_template import opened_template  # noqa: PLC0415 (likewise)
        from trellis.lifecycle.transaction import locked  # noqa: PLC0415 (likewise)

        service = open_service(folder)
        with locked(service.git_dir):
            require_clean(service)
            with (
                Copies() as copies,
                opened_template(moved(service, address), service.version, copies) as template,
            ):
                template.check_own()
            service.write_source(address)
    outcome = MoveOutcome(
        folder=str(service.folder),
        template=address,
        old_template=service.source,
        version=service.version,
        next=["git commit .copier-answers.yml", "trellis update"],
    )
    print_json(outcome) if as_json else print_lines(outcome.lines())
