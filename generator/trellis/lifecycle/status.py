"""The state of a service: its version, its answers, and its changes to the template's files."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from trellis.answers import spelled
from trellis.errors import BadInputError
from trellis.git import git
from trellis.lifecycle.copier_worker import Copies
from trellis.lifecycle.integrity import check_integrity
from trellis.lifecycle.layout import arrange
from trellis.lifecycle.migrations import FOLDER, without_parent
from trellis.lifecycle.moves import Move, Moves
from trellis.lifecycle.rendered import Files, render
from trellis.lifecycle.service import ANSWERS, Service
from trellis.lifecycle.service_template import opened_template
from trellis.lifecycle.versions import newer_than, read_versions
from trellis.output import Error, Model, described


@dataclass(frozen=True, kw_only=True)
class Status(Model):
    """The state of a service."""

    command: Literal["status"] = "status"
    folder: str
    template: str
    """The template's address."""
    version: str
    """The service's version of the template."""
    newer: list[str] = field(default_factory=list)
    """The later versions, the newest first."""
    answers: Mapping[str, object]
    changed: list[str] = field(default_factory=list)
    """Files of the template that you changed."""
    deleted: list[str] = field(default_factory=list)
    """Files of the template that you deleted."""
    moved: list[Move] = field(default_factory=list)
    """Files and folders of the template that you moved."""
    error: Error | None = None
    """Why the template could not be fetched, or why a step would be refused."""

    def lines(self) -> list[str]:
        """Return this for people."""
        newer = f"; {self.newer[0]} is available: trellis update" if self.newer else ""
        lines = [f"Template  {self.template}", f"Version   {self.version}{newer}", "", "Answers"]
        lines += [f"  {name}={spelled(value)}" for name, value in self.answers.items()]
        for title, paths in (
            ("Files of the template that you changed", self.changed),
            ("Files of the template that you moved", [f"{move.old} -> {move.new}" for move in self.moved]),
            ("Files of the template that you deleted", self.deleted),
        ):
            lines += ["", title, *(f"  {path}" for path in paths)] if paths else []
        return lines


def find_status(service: Service) -> Status:
    """Compare a service, as its folder is now, with what its template renders for its answers."""
    error: Error | None = None
    newer: list[str] = []
    rendered: Files = {}
    moves = Moves()
    try:
        newer = newer_than(service, read_versions(service))
        with Copies() as copies:
            with opened_template(service, service.version, copies) as template:
                template.check_own()
            found = render(service, service.own_answers, copies)
            arrangement = arrange(found, _files_now(service, found.files), found)
            rendered, moves = arrangement.old.files, arrangement.moves
            check_integrity(service, found.files, moves, copies)
    except BadInputError as problem:
        error = described(problem)
    changed = [path for path, data in rendered.items() if _differs(path, service.folder / path, data)]
    return Status(
        folder=str(service.folder),
        template=service.source,
        version=service.version,
        newer=newer,
        answers=service.own_answers,
        changed=sorted(path for path in changed if path != ANSWERS),
        deleted=sorted(
            path for path in rendered if not path.startswith(FOLDER) and not (service.folder / path).exists()
        ),
        moved=[Move(old=old, new=new) for old, new in moves.pairs],
        error=error,
    )


def _files_now(service: Service, rendered: Files) -> Files:
    """Return a service's files as its folder is now; none but the template's if all of these are there."""
    names = git(service.folder, "ls-files", "--cached", "--others", "--exclude-standard", "-z").split("\0")
    if all((service.folder / path).is_file() for path in rendered):
        names = list(rendered)
    paths = {name: service.folder / name for name in names if name}
    return {name: path.read_bytes() for name, path in paths.items() if path.is_file()}


def _differs(path: str, file: Path, rendered: bytes) -> bool:
    """Tell whether a file differs from its rendering, apart from line endings and a migration's parent."""
    if not file.is_file():
        return False
    versions = [data.replace(b"\r\n", b"\n") for data in (file.read_bytes(), rendered)]
    if path.startswith(FOLDER):
        versions = list(map(without_parent, versions))
    return versions[0] != versions[1]
