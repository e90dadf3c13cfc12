"""The repository in which a step is prepared, beside the service's own."""

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from trellis.git import git
from trellis.lifecycle.follow_renames import Carried
from trellis.lifecycle.layout import Arrangement
from trellis.lifecycle.merge import Merge
from trellis.lifecycle.rendered import Files
from trellis.lifecycle.service import Service

_AS_IT_IS = "* -text -filter -ident -working-tree-encoding\n"
_SETTINGS = "[core]\n\tautocrlf = false\n\tsymlinks = false\n\tfileMode = true\n"
_PLAIN, _PROGRAM = 0o644, 0o755


@dataclass(frozen=True)
class FileChange:
    """The change of one file.

    Args:
        kind: Git's letter: `A` for a new file, `M` for a changed one, `D` for a removed one.
        path: its path in the service.
        mode: its new mode in Git.
        blob: the Git object with its new content.

    """

    kind: str
    path: str
    mode: str
    blob: str


def check_out(service: Service, copy: Path) -> None:
    """Make a repository whose one commit has exactly the service's files at its top."""
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
    """Return the folder of the objects of a folder's repository."""
    found = git(folder, "rev-parse", "--path-format=absolute", "--git-path", "objects")
    return Path(found.rstrip("\n"))


def rename(copy: Path, paths: Mapping[str, str], before: Files, after: Files) -> None:
    """Rename files in the copy, and write what that changes in the others.

    Args:
        copy: the copy.
        paths: the new paths of files, by the old ones.
        before: all files under their old names.
        after: all files under their new names.

    """
    modes = {target: (copy / path).stat().st_mode for path, target in paths.items()}
    for path in paths:
        (copy / path).unlink()
    for path, data in after.items():
        if path in modes or data != before[path]:
            (copy / path).parent.mkdir(parents=True, exist_ok=True)
            (copy / path).write_bytes(data)
    for path, mode in modes.items():
        (copy / path).chmod(mode)


def write(copy: Path, merged: Merge, arrangement: Arrangement) -> None:
    """Write the merged files into the copy."""
    for path in merged.removed:
        (copy / path).unlink()
    for path, data in merged.written.items():
        (copy / path).parent.mkdir(parents=True, exist_ok=True)
        (copy / path).write_bytes(data)
    was, now = arrangement.old.executable, arrangement.new.executable
    for path in was ^ now:
        if (copy / path).exists() and path in arrangement.new.files:
            (copy / path).chmod(_PROGRAM if path in now else _PLAIN)


def stages(copy: Path, conflicts: Iterable[str], arrangement: Arrangement, carried: Carried) -> list[str]:
    """Return the index lines of the conflicts: the common version, the user's and the template's.

    A file with a new name is marked under its old one, as deleted by the template. Git refuses to undo a
    conflict under a name that the last commit does not have.
    """
    sources = {target: path for path, target in carried.files.items() if target not in carried.files}
    lines = []
    for path in conflicts:
        mode = "100755" if os.access(copy / path, os.X_OK) else "100644"
        theirs = None if path in sources else arrangement.new.files[path]
        for stage, data in enumerate((arrangement.old.files.get(path), carried.mine[path], theirs), 1):
            if data is not None:
                blob = git(copy, "hash-object", "-w", "--stdin", stdin=data).strip()
                lines.append(f"{mode} {blob} {stage}\t{sources.get(path, path)}")
    return lines


def find_changes(copy: Path) -> list[FileChange]:
    """Return what changed since the one commit."""
    tree = git(copy, "write-tree").strip()
    listed = git(copy, "diff-tree", "-r", "-z", "--no-renames", "HEAD", tree).split("\0")[:-1]
    found = []
    for about, path in zip(listed[::2], listed[1::2], strict=True):
        _, mode, _, blob, kind = about.split()
        found.append(FileChange("M" if kind == "T" else kind, path, mode, blob))
    return found
