"""A step, made in a repository beside the service's, which is left alone."""

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory

from trellis.errors import BadInputError
from trellis.git import git
from trellis.living.copies import Copies
from trellis.living.forward import Added, go_forward
from trellis.living.layout import Arrangement, arrange
from trellis.living.merging import Merge, merge
from trellis.living.migrations import FOLDER
from trellis.living.rendering import Files, read_files, render
from trellis.living.service import Service, way_to

_AS_IT_IS = "* -text -filter -ident -working-tree-encoding\n"
_SETTINGS = "[core]\n\tautocrlf = false\n\tsymlinks = false\n\tfileMode = true\n"
_LINK = "120000"
_PLAIN, _PROGRAM = 0o644, 0o755
_NORMALIZE = (
    "printf '\\n* text=auto\\n' >> .gitattributes",
    "git add .gitattributes",
    "git add --renormalize .",
    "git commit --message 'Normalize line endings'",
)
"""The commands that store all text files of a service with LF; only then does Git commit what it stores."""


@dataclass(frozen=True)
class Change:
    """What becomes of one file.

    Args:
        kind: Git's letter: `A` for a file that is made, `M` for a changed one, `D` for a removed one.
        path: where it is in the service.
        mode: Git's mode of it, afterwards.
        blob: Git's name for its content, afterwards.

    """

    kind: str
    path: str
    mode: str
    blob: str


@dataclass(frozen=True)
class Step:
    """A step that is made, and not yet brought into the working copy.

    Args:
        service: the service as it is.
        copy: the repository in which the step was made.
        rendered: what the template renders with the service's answers.
        before: the service's files, as they are committed.
        arrangement: what the template rendered last and renders now, in the form of the user's service.
        merge: what came of the files.
        migrations: the migrations that the step adds.
        changes: what becomes of each file that does not stay as it is.
        unmerged: what Git's index says of the files in conflict, a line for each version.

    """

    service: Service
    copy: Path
    rendered: Files
    before: Files
    arrangement: Arrangement
    merge: Merge
    migrations: Added
    changes: Sequence[Change]
    unmerged: Sequence[str]

    @property
    def old(self) -> Files:
        """What the template renders with the service's answers, where the user moved it."""
        return self.arrangement.old.files

    @property
    def new(self) -> Files:
        """What the template renders with the new answers, or in the new version, likewise."""
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
    def unapplied(self) -> list[str]:
        """The files that the user deleted and the step would change."""
        return self.merge.unapplied

    def paths(self, kind: str) -> list[str]:
        """Return the files that are made (`A`), changed (`M`) or removed (`D`)."""
        return [change.path for change in self.changes if change.kind == kind]


@contextmanager
def made_step(
    service: Service, changes: Mapping[str, object], version: str, copies: Copies
) -> Iterator[Step]:
    """Make a step, without touching the service.

    Args:
        service: the service, with all its changes committed.
        changes: the answers that change.
        version: the version of the template afterwards.
        copies: the copies of the template.

    Yields:
        The step; what it was made in is removed afterwards.

    Raises:
        BadInputError: the service or its template does not allow it.

    """
    with TemporaryDirectory(prefix="trellis-step-") as workshop:
        copy = Path(workshop, service.folder.name or "service")
        _check_out(service, copy)
        before = read_files(copy)
        own = service.own_answers
        old = render(service, own, copies)
        new = render(service, changes, copies, last=own, version=version)
        _refuse_windows_line_endings(service.folder, old.files, before)
        arrangement = arrange(old, before, new)
        _refuse_obstacles(service, before, arrangement)
        merged = _merged(arrangement, before)
        _write(copy, merged, arrangement)
        unmerged = _stages(copy, merged.conflicts, arrangement, before)
        added = go_forward(copy, old.files, before, new.files)
        git(copy, "add", "--all", "--force", ".")
        yield Step(service, copy, old.files, before, arrangement, merged, added, _changes(copy), unmerged)


def _check_out(service: Service, copy: Path) -> None:
    """Make a repository whose one commit has the service's files at its top, to the byte."""
    git(copy.parent, "init", "--quiet", str(copy))
    with (copy / ".git" / "config").open("a") as config:
        config.write(_SETTINGS)
    (copy / ".git" / "info" / "attributes").write_text(_AS_IT_IS)
    (copy / ".git" / "objects" / "info" / "alternates").write_bytes(
        os.fsencode(objects_of(service.folder)) + b"\n"
    )
    tree = git(service.top, "rev-parse", f"HEAD:{service.prefix}").strip()
    person = {
        f"GIT_{role}_{what}": "trellis" for role in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")
    }
    commit = git(copy, "commit-tree", "-m", "As it is", tree, variables=person).strip()
    git(copy, "reset", "--quiet", "--hard", commit)


def objects_of(folder: Path) -> Path:
    """Return where the repository of a folder has its objects."""
    found = git(folder, "rev-parse", "--path-format=absolute", "--git-path", "objects")
    return Path(found.rstrip("\n"))


def _merged(arrangement: Arrangement, before: Files) -> Merge:
    """Merge all but migrations of a database in use, and what stays as the user has it."""
    old, new = arrangement.old, arrangement.new
    in_use = any(path.startswith(FOLDER) for path in before)
    kept = {path: before[path] for path in new.kept & before.keys()}
    sides = [
        {path: data for path, data in files.items() if not (in_use and path.startswith(FOLDER))}
        for files in (old.files, {**new.files, **kept})
    ]
    return merge(sides[0], before, sides[1])


def _write(copy: Path, merged: Merge, arrangement: Arrangement) -> None:
    """Bring what was merged into the copy."""
    for path in merged.removed:
        (copy / path).unlink()
    for path, data in merged.written.items():
        (copy / path).parent.mkdir(parents=True, exist_ok=True)
        (copy / path).write_bytes(data)
    was, now = arrangement.old.executable, arrangement.new.executable
    for path in was ^ now:
        if (copy / path).exists() and path in arrangement.new.files:
            (copy / path).chmod(_PROGRAM if path in now else _PLAIN)


def _stages(copy: Path, conflicts: Iterable[str], arrangement: Arrangement, before: Files) -> list[str]:
    """Return Git's index of files in conflict: the common version, the user's, and the template's."""
    lines = []
    for path in conflicts:
        mode = "100755" if os.access(copy / path, os.X_OK) else "100644"
        versions = arrangement.old.files.get(path), before[path], arrangement.new.files[path]
        for stage, data in enumerate(versions, 1):
            if data is not None:
                blob = git(copy, "hash-object", "-w", "--stdin", stdin=data).strip()
                lines.append(f"{mode} {blob} {stage}\t{path}")
    return lines


def _refuse_obstacles(service: Service, before: Files, arrangement: Arrangement) -> None:
    """Refuse a symbolic link, or a file for a folder, in place of what the template renders."""
    listed = git(service.folder, "ls-tree", "-r", "-z", "HEAD").split("\0")[:-1]
    links = {entry.partition("\t")[2] for entry in listed if entry.startswith(_LINK)}
    folders = {str(parent) for path in before for parent in PurePosixPath(path).parents}
    for path in sorted(arrangement.old.files.keys() | arrangement.new.files.keys()):
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


def _changes(copy: Path) -> list[Change]:
    tree = git(copy, "write-tree").strip()
    listed = git(copy, "diff-tree", "-r", "-z", "--no-renames", "HEAD", tree).split("\0")[:-1]
    found = []
    for about, path in zip(listed[::2], listed[1::2], strict=True):
        _, mode, _, blob, kind = about.split()
        found.append(Change("M" if kind == "T" else kind, path, mode, blob))
    return found
