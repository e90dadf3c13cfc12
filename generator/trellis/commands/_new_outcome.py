"""The result of `trellis new`: a model for programs, lines for people."""

import shlex
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Literal

from trellis.answers import read_answers
from trellis.output import Model, counted

ANSWERS = ".copier-answers.yml"


@dataclass(frozen=True, kw_only=True)
class NewOutcome(Model):
    """A new service."""

    command: Literal["new"] = "new"
    folder: str
    template: str
    version: str | None
    """The template's version; null if the template is not a Git repository."""
    answers: Mapping[str, object]
    files: list[str]
    same: str
    """The command that makes the same service without asking."""
    warnings: list[str]
    next: list[str]
    """Commands to run next."""

    def lines(self) -> list[str]:
        """Return this for people."""
        lines = [f"{self.folder}/", *_outline(self.files), "", "Command for the same service:", ""]
        return [*lines, f"  {self.same}", "", "Next:", "", *(f"  {line}" for line in self.next)]


def created(folder: Path, start_command: str, same: str, warnings: Sequence[str]) -> NewOutcome:
    """Return the result for a service that was made.

    Args:
        folder: the service's folder.
        start_command: the command that starts it.
        same: the command that makes the same service without asking.
        warnings: lines about what did not work.

    """
    record = read_answers(folder / ANSWERS)
    paths = [path.relative_to(folder) for path in folder.rglob("*") if path.is_file()]
    return NewOutcome(
        folder=str(folder),
        template=str(record["_src_path"]),
        version=str(record["_commit"]) if "_commit" in record else None,
        answers={name: value for name, value in record.items() if not name.startswith("_")},
        files=sorted(path.as_posix() for path in paths if path.parts[0] != ".git"),
        same=same,
        warnings=list(warnings),
        next=[f"cd {shlex.quote(str(folder))}", "uv sync", "uv run pytest", start_command],
    )


def _outline(paths: Sequence[str]) -> list[str]:
    """Return a line for each thing at the top: folders first, with the number of files below them."""
    folders = Counter(PurePosixPath(path).parts[0] for path in paths if "/" in path)
    lines = [f"  {name + '/':<14}{counted(count, 'file')}" for name, count in sorted(folders.items())]
    return [*lines, *(f"  {path}" for path in paths if "/" not in path)]
