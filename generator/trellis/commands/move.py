"""`trellis move`: another address of the template."""

from typing import Annotated

import typer

from trellis.commands.step import HERE, Folder, reported


def move(
    address: Annotated[str, typer.Argument(help="Where the template is now.")],
    *,
    folder: Folder = HERE,
) -> None:
    """Note in a service that its template has moved to another address.

    Example: trellis move https://git.example.com/trellis.git

    The template there must have the version that the service has.
    Exit code 0 if all is well, 2 if the input makes no sense.
    """
    with reported("move"):
        from trellis.living.copies import Copies  # noqa: PLC0415 (a second of imports)
        from trellis.living.journal import locked  # noqa: PLC0415 (likewise)
        from trellis.living.service import moved, open_service, require_clean  # noqa: PLC0415 (likewise)
        from trellis.living.template import opened_template  # noqa: PLC0415 (likewise)

        service = open_service(folder)
        with locked(service.git_dir):
            require_clean(service)
            with (
                Copies() as copies,
                opened_template(moved(service, address), service.version, copies) as template,
            ):
                template.check_own()
            service.write_source(address)
    typer.echo(f"The template is at {address} now. Next:\n\n  git commit --all\n  trellis update")
