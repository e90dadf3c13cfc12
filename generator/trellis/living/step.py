"""A step, made by Copier's own update in a repository beside the service's, which is left alone."""

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory

from copier.errors import CopierError
from plumbum.commands.processes import ProcessExecutionError

from trellis.answers import reason_of
from trellis.errors import BadInputError
from trellis.git import git
from trellis.living.copies import Copies, SharingWorker
from trellis.living.forward import Added, go_forward
from trellis.living.journal import Journal, bring
from trellis.living.service import Service, link_above
from trellis.making import silence

Files = Mapping[str, bytes]
"""The files of a service by their paths with `/`; a symbolic link is a file that holds its target."""

_AS_IT_IS = "* -text -filter -ident -working-tree-encoding\n"
_SETTINGS = "[core]\n\tautocrlf = false\n\tsymlinks = false\n\tfileMode = true\n"
_LINK = "120000"


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
        old: what the template renders with the service's answers.
        before: the service's files, as they are committed.
        new: what the template renders with the new answers, or in the new version.
        migrations: the migrations that the step adds.
        changes: what becomes of each file that does not stay as it is.
        unmerged: what Git's index says of the files in conflict, a line for each.

    """

    service: Service
    copy: Path
    old: Files
    before: Files
    new: Files
    migrations: Added
    changes: Sequence[Change]
    unmerged: Sequence[str]

    @cached_property
    def after(self) -> Files:
        """The service's files after the step."""
        return read_files(self.copy)

    @property
    def conflicts(self) -> list[str]:
        """The files in which the step and the user changed the same lines."""
        return sorted({line.partition("\t")[2] for line in self.unmerged})

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
        old, new = _updated(service, copy, changes, version, copies)
        _refuse_foreign_line_ends(old, before)
        _keep_deleted(copy, old, before, new)
        added = go_forward(copy, old, before, new)
        unmerged = git(copy, "ls-files", "--unmerged", "-z").split("\0")[:-1]
        git(copy, "add", "--all", "--force", ".")
        yield Step(service, copy, old, before, new, added, _changes(copy), unmerged)


def take(step: Step, room: Path) -> None:
    """Bring a step into the working copy of its service.

    Args:
        step: the step.
        room: the folder in the repository where it is prepared; `journal.locked` gives it.

    Raises:
        BadInputError: something that Git does not know of is in its way.
        OSError: it cannot be brought; everything is as it was.

    """
    service, prefix = step.service, step.service.prefix
    kept = [change for change in step.changes if change.kind != "D"]
    _refuse_in_the_way(step)
    (room / "new").mkdir(parents=True)
    (room / "old").mkdir()
    entries = "".join(f"{change.mode} {change.blob} 0\t{prefix}{change.path}\0" for change in kept)
    variables = {
        "GIT_INDEX_FILE": str(room / "new.index"),
        "GIT_ALTERNATE_OBJECT_DIRECTORIES": str(_objects(step.copy)),
    }
    git(service.top, "update-index", "-z", "--index-info", stdin=os.fsencode(entries), variables=variables)
    git(service.top, "checkout-index", "--all", f"--prefix={room / 'new'}/", variables=variables)
    journal = Journal(
        top=str(service.top),
        index=git(service.top, "rev-parse", "--path-format=absolute", "--git-path", "index").rstrip("\n"),
        old=[prefix + change.path for change in step.changes if change.kind != "A"],
        new=[prefix + change.path for change in kept],
        conflicts=_unmerged_in_service(step),
    )
    bring(room, journal)


def read_files(folder: Path) -> dict[str, bytes]:
    """Return the files below a folder, without those of Git."""
    found = {}
    for parent, folders, names in os.walk(folder):
        if Path(parent) == folder and ".git" in folders:
            folders.remove(".git")
        for name in names:
            path = Path(parent, name)
            found[path.relative_to(folder).as_posix()] = path.read_bytes()
    return found


def _check_out(service: Service, copy: Path) -> None:
    """Make a repository whose one commit has the service's files at its top, to the byte."""
    git(copy.parent, "init", "--quiet", str(copy))
    with (copy / ".git" / "config").open("a") as config:
        config.write(_SETTINGS)
    (copy / ".git" / "info" / "attributes").write_text(_AS_IT_IS)
    (copy / ".git" / "objects" / "info" / "alternates").write_bytes(
        os.fsencode(_objects(service.folder)) + b"\n"
    )
    tree = git(service.top, "rev-parse", f"HEAD:{service.prefix}").strip()
    person = {
        f"GIT_{role}_{what}": "trellis" for role in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")
    }
    commit = git(copy, "commit-tree", "-m", "As it is", tree, variables=person).strip()
    git(copy, "reset", "--quiet", "--hard", commit)


def _objects(folder: Path) -> Path:
    found = git(folder, "rev-parse", "--path-format=absolute", "--git-path", "objects")
    return Path(found.rstrip("\n"))


def _updated(
    service: Service, copy: Path, changes: Mapping[str, object], version: str, copies: Copies
) -> tuple[Files, Files]:
    """Let Copier update the copy; return what it rendered for the old answers and for the new ones."""
    rendered: list[Files] = []
    links = _links(service)

    class Recording(SharingWorker):
        """Copier at work, with a record of what it renders beside the service."""

        def run_copy(self) -> None:
            super().run_copy()
            if self.dst_path != copy:
                rendered.append(read_files(self.dst_path))
                _refuse_links(links, rendered[-1])

    try:
        with (
            silence(),
            Recording(
                src_path=service.source,
                dst_path=copy,
                vcs_ref=version,
                data=dict(changes),
                defaults=True,
                overwrite=True,
                quiet=True,
                copies=copies,
            ) as worker,
        ):
            worker.run_update()
    except BadInputError:
        raise
    except ProcessExecutionError as error:
        raise BadInputError(f"git refuses: {' '.join(error.stderr.split())}") from error
    except (CopierError, ValueError) as error:
        raise BadInputError(reason_of(error)) from error
    except (FileExistsError, NotADirectoryError, IsADirectoryError) as error:
        path = os.path.relpath(error.filename, copy)
        what = "a symbolic link" if (service.folder / path).is_symlink() else "of another kind"
        raise BadInputError(f"{path} is {what} where the template makes something; move it away") from error
    old, new = rendered
    return old, new


def _links(service: Service) -> set[str]:
    """Return the symbolic links among a service's files, as they are committed."""
    listed = git(service.folder, "ls-tree", "-r", "-z", "HEAD").split("\0")[:-1]
    return {entry.partition("\t")[2] for entry in listed if entry.startswith(_LINK)}


def _refuse_links(links: AbstractSet[str], rendered: Iterable[str]) -> None:
    """Refuse symbolic links in place of what the template renders: Copier would write where they lead."""
    for path in rendered if links else ():
        for place in (path, *(parent.as_posix() for parent in Path(path).parents)):
            if place in links:
                raise BadInputError(
                    f"{place} is a symbolic link where the template makes a file; put the thing itself there"
                )


def _refuse_foreign_line_ends(old: Files, before: Files) -> None:
    for path, data in before.items():
        if b"\r\n" in data and path in old and b"\r\n" not in old[path]:
            raise BadInputError(
                f"{path} has Windows line ends in Git, so every line differs from the template's; first "
                "echo '* text=auto' >> .gitattributes && git add --renormalize . && git commit --all"
            )


def _keep_deleted(copy: Path, old: Files, before: Files, new: Files) -> None:
    """Keep new files out of folders that the user deleted, as Copier does with single files."""
    kept = {PurePosixPath(path).parent for path in before}
    deleted = {PurePosixPath(path).parent for path in old} - kept
    for path in new.keys() - old.keys():
        if PurePosixPath(path).parent in deleted:
            (copy / path).unlink(missing_ok=True)
            with suppress(OSError):
                (copy / path).parent.rmdir()


def _changes(copy: Path) -> list[Change]:
    tree = git(copy, "write-tree").strip()
    listed = git(copy, "diff-tree", "-r", "-z", "--no-renames", "HEAD", tree).split("\0")[:-1]
    found = []
    for about, path in zip(listed[::2], listed[1::2], strict=True):
        _, mode, _, blob, kind = about.split()
        found.append(Change("M" if kind == "T" else kind, path, mode, blob))
    return found


def _refuse_in_the_way(step: Step) -> None:
    service = step.service
    for path in step.paths("A"):
        if os.path.lexists(service.folder / path):
            raise BadInputError(
                f"{path} is in the way of a file that the step makes; Git ignores it; move it away"
            )
    for change in step.changes:
        if link := link_above(change.path, service.folder):
            raise BadInputError(
                f"{link} is a symbolic link that Git ignores; the step does not write through it"
            )
    for entry in git(service.folder, "ls-files", "-v", "-z", "--", ".").split("\0")[:-1]:
        mark, _, path = entry.partition(" ")
        if mark not in ("H", "?") and any(change.path == path for change in step.changes):
            raise BadInputError(
                f"{path} is hidden from git status; show it first: "
                f"git update-index --no-assume-unchanged --no-skip-worktree {path}"
            )


def _unmerged_in_service(step: Step) -> list[str]:
    """Return the lines that mark the conflicts in the index; put the contents into the repository."""
    lines = [f"0 {'0' * 40}\t{step.service.prefix}{path}" for path in step.conflicts]
    for line in step.unmerged:
        about, _, path = line.partition("\t")
        mode, blob, stage = about.split()
        content = os.fsencode(git(step.copy, "cat-file", "blob", blob))
        git(step.service.top, "hash-object", "-w", "--stdin", stdin=content)
        lines.append(f"{mode} {blob} {stage}\t{step.service.prefix}{path}")
    return lines
