"""`trellis status`: show the state of a service."""

from typing import Annotated

import typer

from trellis.commands._change import HERE, Folder
from trellis.output import AsJson, print_json, print_lines, reported


def status(
    *,
    folder: Folder = HERE,
    as_json: AsJson = False,
    exit_code: Annotated[
        bool, typer.Option("--exit-code", help="Exit with 1 if a newer version is available.")
    ] = False,
) -> None:
    """Show a service's version, its answers, and your changes.

    Example: trellis status --exit-code

    It writes nothing into the service.

    Exit codes: 0 done; 1 with --exit-code, if a newer version is available; 2 if the template could not be
    fetched, or if the answers file does not match it.
    """
    with reported("status", as_json=as_json):
        from trellis.lifecycle.service import open_service  # noqa: PLC0415 (likewise)
        from trellis.lifecycle.status import find_status  # noqa: PLC0415 (a second of imports)
        from trellis.lifecycle.transaction import settle  # noqa: PLC0415 (likewise)

        service = open_service(folder)
        settle(service.git_dir)
        status = find_status(service)
        if as_json:
            print_json(status)
        else:
            print_lines(status.lines())
            if status.error:
                typer.echo(f"trellis status: {status.error}", err=True)
        raise typer.Exit(2 if status.error else 1 if exit_code and status.newer else 0)
