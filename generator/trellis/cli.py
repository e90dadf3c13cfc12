"""The command line.

Exit codes: 0 done, 1 failed, 2 invalid input, 130 interrupted.
"""

import os
import signal
import sys
import traceback
from importlib.metadata import version as version_of
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer
from typer.core import TyperGroup

from trellis.commands.add import add
from trellis.commands.drop import drop
from trellis.commands.features import features
from trellis.commands.move import move
from trellis.commands.new import new
from trellis.commands.prove import prove
from trellis.commands.schema import schema
from trellis.commands.status import status
from trellis.commands.switch import switch
from trellis.commands.update import update
from trellis.git import OF_ANOTHER_REPOSITORY
from trellis.output import Error, fail
from trellis.shells import improve_completion

if TYPE_CHECKING:
    from typer._click.core import Context


class Commands(TyperGroup):
    """The commands, whose usage errors are one line, or JSON."""

    def parse_args(self, ctx: "Context", args: list[str]) -> list[str]:
        """Parse the arguments; keep whether they ask for JSON."""
        ctx.obj = "--json" in args
        return super().parse_args(ctx, args)

    def invoke(self, ctx: "Context") -> object:
        """Run the command."""
        try:
            return super().invoke(ctx)
        except typer.TyperException as error:
            command = ctx.invoked_subcommand or ""
            usage = Error(
                code="invalid_usage",
                message=" ".join(error.format_message().split()).rstrip("."),
                hint=f"see: {ctx.command_path} {command}".rstrip() + " --help",
            )
            fail(command, usage, error.exit_code, as_json=ctx.obj)
        except (typer.Exit, typer.Abort, BrokenPipeError):
            raise
        except Exception as error:
            if not ctx.obj:
                raise
            traceback.print_exc()
            message = f"{type(error).__name__}: {' '.join(str(error).split())}"
            hint = "this is a bug in Trellis; the standard error has the details"
            failure = Error(code="internal_error", message=message, hint=hint)
            fail(ctx.invoked_subcommand or "", failure, 1, as_json=True)


app = typer.Typer(
    cls=Commands,
    help="Generate FastAPI services; every combination of features is proven.",
    no_args_is_help=True,
    rich_markup_mode=None,
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
app.command()(schema)
app.command()(prove)


improve_completion()


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
    """Clean up on SIGTERM, too, and ignore Git's variables for hooks."""
    for name in OF_ANOTHER_REPOSITORY:
        os.environ.pop(name, None)
    signal.signal(signal.SIGTERM, _terminate)
