"""The command line.

Exit codes: 0 all is well, 1 something failed, 2 the input makes no sense, 130 interrupted.
"""

import os
import signal
import sys
from importlib.metadata import version as version_of
from typing import Annotated, NoReturn

import typer

from trellis.commands.add import add
from trellis.commands.drop import drop
from trellis.commands.features import features
from trellis.commands.move import move
from trellis.commands.new import new
from trellis.commands.status import status
from trellis.commands.switch import switch
from trellis.commands.update import update
from trellis.git import OF_ANOTHER_REPOSITORY
from trellis.proof.command import prove
from trellis.template import carry_history

app = typer.Typer(
    help="Generate FastAPI services in which every combination of features is proven.",
    no_args_is_help=True,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command()(new)
app.command()(add)
app.command()(drop)
app.command()(switch)
app.command()(update)
app.command()(status)
app.command()(move)
app.command()(features)
app.command()(prove)


def _terminate(_signal: int, _frame: object) -> NoReturn:
    sys.exit(128 + signal.SIGTERM)


def _print_version(*, wanted: bool) -> None:
    if wanted:
        typer.echo(f"trellis {version_of('trellis')}")
        raise typer.Exit


@app.callback()
def main(
    *,
    version: Annotated[  # noqa: ARG001 (its callback uses it)
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    """End in order on SIGTERM too, and keep to the repositories that are named, within Git's hooks too."""
    for name in OF_ANOTHER_REPOSITORY:
        os.environ.pop(name, None)
    carry_history()
    signal.signal(signal.SIGTERM, _terminate)
