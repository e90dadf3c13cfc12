"""What the commands print: models for programs, lines for people."""

import json
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from typing import Annotated, Any, ClassVar, NoReturn

import typer

from trellis.errors import Code, TrellisError
from trellis.git import GitError

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON, and ask nothing.")]


@dataclass(frozen=True, kw_only=True)
class Model:
    """A part of what a command prints with --json."""

    __pydantic_config__: ClassVar[dict[str, Any]] = {"extra": "forbid", "use_attribute_docstrings": True}


@dataclass(frozen=True, kw_only=True)
class Error(Model):
    """Why a command failed."""

    code: Code
    """A stable name of the error."""
    message: str
    """What is wrong."""
    hint: str = ""
    """What to do, or what is allowed."""

    def __str__(self) -> str:
        """Return it in one line."""
        return f"{self.message}; {self.hint}" if self.hint else self.message


@dataclass(frozen=True, kw_only=True)
class Failure(Model):
    """What a command prints if it fails before it has a result."""

    error: Error


def print_json(output: Model) -> None:
    """Print the result of a command for programs."""
    typer.echo(json.dumps(asdict(output), indent=2, default=str))


def print_lines(lines: Sequence[str]) -> None:
    """Print the result of a command for people."""
    typer.echo("\n".join(lines))


def fail(command: str, error: Error, exit_code: int, *, as_json: bool) -> NoReturn:
    """Print an error, and end."""
    if as_json:
        print_json(Failure(error=error))
    else:
        typer.echo(f"{f'trellis {command}'.rstrip()}: {error}", err=True)
    raise typer.Exit(exit_code)


@contextmanager
def reported(command: str, *, as_json: bool) -> Generator[None]:
    """Print an error that the command raises, and end with its exit code."""
    try:
        yield
    except TrellisError as error:
        fail(command, described(error), error.exit_code, as_json=as_json)
    except GitError as error:
        fail(command, Error(code="git_failed", message=str(error)), 1, as_json=as_json)
    except BrokenPipeError:  # the reader of the output has gone; Typer ends quietly
        raise
    except OSError as error:
        fail(command, Error(code="io_error", message=_reason(error)), 1, as_json=as_json)
    except KeyboardInterrupt:
        stopped = Error(code="interrupted", message="stopped; nothing was changed")
        fail(command, stopped, 130, as_json=as_json)


def _reason(error: OSError) -> str:
    text = f"{error.filename}: {error.strerror}" if error.filename and error.strerror else str(error)
    return " ".join(text.split())


def described(error: TrellisError) -> Error:
    """Return an exception as a part of the output."""
    return Error(code=error.code, message=error.message, hint=error.hint)


def counted(number: int, noun: str) -> str:
    """Return a number with its noun: 1 file, 2 files."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
