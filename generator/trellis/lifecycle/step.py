"""Prepares a step in a separate repository, without touching the service."""

import re
from collections.abc import Generator, Iterable, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory

from trellis.errors import BadInputError
from trellis.git import git
from trellis.lifecycle.copier_worker import Copies
from trellis.lifecycle.follow_renames import Carried, carry
from trellis.lifecycle.forward_migrations import Added, go_forward
from trellis.lifecycle.layout import Arrangement, arrange
from trellis.lifecycle.merge import Merge, merge
from trellis.lifecycle.migrations import FOLDER
from trellis.lifecycle.moves import Moves
from trellis.lifecycle.rendered import Files, read_files, render
from trellis.lifecycle.sandbox import FileChange, check_out, find_changes, rename, stages, write
from trellis.lifecycle.service import Service, way_to

_LINK = "120000"
_TABLE = re.compile(rb'^    __tablename__ = "(\w+)"', re.MULTILINE)
_NORMALIZE = (
    "printf '\\n* text=auto\\n' >> .gitattributes",
    "git add .gitattributes",
    "git add --renormalize .",
    "git commit --message 'Normalize line endings'",
)
"""The commands that convert all text files of a service to LF.

`git commit` has no path: with one, Git would commit the files without their new line endings.
"""


@dataclass(frozen=True)
class Step:
    """A prepared step, not yet applied to the working copy.

    Args:
        service: the service as it is.
        copy: the repository in which the step was prepared.
        rendered: the files that the template renders with the service's answers.
        carried: the service with the names of the template's newer version.
        arrangement: the template's old and new files, fitted to the user's service.
        merge: the result of the merge.
        migrations: the migrations that the step adds.
        changes: the changes of all files.
        unmerged: the lines of Git's index for the conflicts, one for each version of a file.

    """

    service: Service
    copy: Path
    rendered: Files
    carried: Carried
    arrangement: Arrangement
    merge: Merge
    migrations: Added
    changes: Sequence[FileChange]
    unmerged: Sequence[str]

    @property
    def before(self) -> Files:
        """The service's committed files, under their new names."""
        return self.carried.mine

    @property
    def moves(self) -> Moves:
        """Where the user had moved the template's files, under their old names."""
        return self.carried.moves or self.arrangement.moves

    @property
    def old(self) -> Files:
        """The files that the template renders with the service's answers, where the user moved them."""
        return self.arrangement.old.files

    @property
    def new(self) -> Files:
        """The files that the template renders after the step, likewise."""
        return self.arrangement.new.files

    @cached_property
    def after(self) -> Files:
        """The service's files after the step."""
        return read_files(self.copy)

    @property
    def conflicts(self) -> list[str]:
        """The files in which the step and the user changed the same lines."""
        return self.merge.conflicts

    @property
    def marked(self) -> list[str]:
        """The files that Git's index marks as in conflict: those of `conflicts`, under their old names."""
        return list(dict.fromkeys(line.partition("\t")[2] for line in self.unmerged))

    @property
    def unapplied(self) -> list[str]:
        """The files that the user deleted and the step would change."""
        return self.merge.unapplied

    def paths(self, kind: str) -> list[str]:
        """Return the files that are made (`A`), changed (`M`) or removed (`D`)."""
        return [change.path for change in self.changes if change.kind == kind]


@contextmanager
def made_step(
    service: Service, changes: Mapping[str, object], version: str, copies: Copies
) -> Generator[Step]:
    """Prepare a step without touching the service.

    Args:
        service: the service, with all its changes committed.
        changes: the answers that change.
        version: the version of the template afterwards.
        copies: the copies of the template.

    Yields:
        The step; its repository is removed afterwards.

    Raises:
        BadInputError: the service or its template excludes it.

    """
    with TemporaryDirectory(prefix="trellis-step-") as workshop:
        copy = Path(workshop, service.folder.name or "service")
        check_out(service, copy)
        before = read_files(copy)
        own = service.own_answers
        old = render(service, own, copies)
        new = render(service, changes, copies, last=own, version=version)
        _refuse_windows_line_endings(service.folder, old.files, before)
        carried = carry(old, before, new) if version != service.version else Carried(old, before)
        mine = carried.mine
        arrangement = arrange(carried.old, mine, new)
        _refuse_obstacles(service, before, arrangement, carried.files)
        rename(copy, carried.files, before, mine)
        merged = _merged(arrangement, mine)
        write(copy, merged, arrangement)
        unmerged = stages(copy, merged.conflicts, arrangement, carried)
        added = _migrated(copy, old.files, mine, new.files, arrangement)
        git(copy, "add", "--all", "--force", ".")
        found = find_changes(copy)
        yield Step(service, copy, old.files, carried, arrangement, merged, added, found, unmerged)


def _merged(arrangement: Arrangement, before: Files) -> Merge:
    """Merge all files, except migrations in use and files that stay as the user has them."""
    old, new = arrangement.old, arrangement.new
    folder = _migrations_folder(arrangement)
    in_use = any(path.startswith(folder) for path in before)
    kept = {path: before[path] for path in new.kept & before.keys()}
    sides = [
        {path: data for path, data in files.items() if not (in_use and path.startswith(folder))}
        for files in (old.files, {**new.files, **kept})
    ]
    return merge(sides[0], before, sides[1])


def _migrated(copy: Path, old: Files, before: Files, new: Files, arrangement: Arrangement) -> Added:
    """Bring the migrations of the step into the copy; remove all if the new answers have none."""
    folder = _migrations_folder(arrangement)
    own = {path: data for path, data in before.items() if path.startswith(folder)}
    by_template = {FOLDER + path.removeprefix(folder): data for path, data in own.items()}
    added = go_forward(copy, old, by_template, new, _unused_tables(arrangement))
    files = {folder + path.removeprefix(FOLDER): data for path, data in added.files.items()}
    for path, data in files.items():
        (copy / path).parent.mkdir(parents=True, exist_ok=True)
        (copy / path).write_bytes(data)
    if not any(path.startswith(FOLDER) for path in new):
        for path in own:
            (copy / path).unlink(missing_ok=True)
    return replace(added, files=files)


def _migrations_folder(arrangement: Arrangement) -> str:
    """Return where the service's migrations are, with `/` at the end."""
    return arrangement.moves.place(f"{FOLDER}any").removesuffix("any")


def _unused_tables(arrangement: Arrangement) -> set[str]:
    """Return the tables of models that the user deleted."""
    deleted = [data for path, data in arrangement.new.files.items() if path in arrangement.deleted]
    return {name.decode() for data in deleted for name in _TABLE.findall(data)}


def _refuse_obstacles(
    service: Service, before: Files, arrangement: Arrangement, renamed: Iterable[str]
) -> None:
    """Refuse symbolic links, and files in place of folders, where the template renders."""
    listed = git(service.folder, "ls-tree", "-r", "-z", "HEAD").split("\0")[:-1]
    links = {entry.partition("\t")[2] for entry in listed if entry.startswith(_LINK)}
    folders = {str(parent) for path in before for parent in PurePosixPath(path).parents}
    for path in sorted({*arrangement.old.files, *arrangement.new.files, *renamed}):
        for place in (path, *map(str, PurePosixPath(path).parents)):
            if place in links:
                raise BadInputError(
                    f"{place} is a symbolic link where the template makes a file",
                    "put the file or folder itself there",
                    code="symbolic_link",
                )
            if path in arrangement.new.files and place in (folders if place == path else before):
                raise BadInputError(
                    f"{place} is in the way of a {'file' if place == path else 'folder'} of the template",
                    "move it away",
                    code="file_in_the_way",
                )


def _refuse_windows_line_endings(folder: Path, old: Files, before: Files) -> None:
    for path, data in before.items():
        if b"\r\n" in data and path in old and b"\r\n" not in old[path]:
            raise BadInputError(
                f"{path} has Windows line endings in Git, so every line differs from the template's",
                f"convert them first: {' && '.join([*way_to(folder), *_NORMALIZE])}",
                code="windows_line_endings",
            )
