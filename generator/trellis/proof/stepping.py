"""Steps made for real: services in repositories, and Copier's own update."""

import os
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from copier import run_copy

from trellis.errors import BadInputError
from trellis.git import git
from trellis.living.copies import Copies
from trellis.living.losses import find_losses
from trellis.living.migrations import FOLDER, without_parent
from trellis.living.service import open_service
from trellis.living.step import made_step
from trellis.proof.rendering import File, write_files

VERSION = "v1.0.0"
_PERSON = ("-c", "user.name=proof", "-c", "user.email=proof@localhost", "-c", "commit.gpgsign=false")

Edited = Mapping[str, File | None]
"""What a user changed: the new files by their paths, None for those that were deleted."""


@dataclass(frozen=True)
class Job:
    """A step to be made, and what is to come out.

    Args:
        service: the folder of a service.
        mine: what its user changed.
        changes: the answers that change.
        version: the template's version afterwards.
        expected: the folder of a service that is made with the new answers.
        expected_mine: the same changes of the user's, in that service.

    """

    service: Path
    mine: Edited
    changes: Mapping[str, object]
    version: str
    expected: Path
    expected_mine: Edited


def tag_template(root: Path, folder: Path, version: str = VERSION) -> Path:
    """Commit the template at `root` to a repository, with a version; return its folder."""
    shutil.rmtree(folder / "template", ignore_errors=True)
    shutil.copytree(root, folder, dirs_exist_ok=True, ignore=shutil.ignore_patterns(".git"))
    _commit(folder)
    git(folder, "tag", version)
    return folder


def generate(template: Path, answers: Mapping[str, object], folder: Path, version: str = VERSION) -> None:
    """Let Copier make a service, and commit it."""
    run_copy(str(template), folder, dict(answers), vcs_ref=version, defaults=True, quiet=True)
    _commit(folder)


def make_step(job: Job) -> str | None:
    """Make a step; return what is wrong with what comes out, if anything is."""
    with TemporaryDirectory(prefix="trellis-proof-") as workshop:
        folder, expected = (Path(workshop, name, job.service.name) for name in ("stepped", "expected"))
        _copy(job.service, folder, job.mine)
        _copy(job.expected, expected, job.expected_mine)
        _commit(folder)
        service = open_service(folder)
        try:
            with Copies() as copies, made_step(service, job.changes, job.version, copies) as step:
                if step.conflicts:
                    return "\n".join(
                        f"conflict in {path}:\n{step.after[path].decode()}" for path in step.conflicts
                    )
                if losses := find_losses(step):
                    return "; ".join(f"{loss.path} {loss.reason}" for loss in losses)
                return _difference(step.copy, expected, strict=not job.mine)
        except BadInputError as error:
            return str(error)


def merge(base: File, mine: File, theirs: File) -> File | str:
    """Merge one file as Copier's update does: the user's changes as a patch, else all three by Git.

    Returns:
        The file, or the text with its conflicts.

    """
    with TemporaryDirectory(prefix="trellis-proof-") as workshop:
        folder = Path(workshop)
        write_files({"base": base, "mine": mine, "theirs": theirs, "file": theirs}, folder)
        patch = _run(folder, "diff", "--no-index", "--", "base", "mine").stdout
        patch = patch.replace(b"a/base", b"a/file").replace(b"b/mine", b"b/file")
        if not patch or _run(folder, "apply", "-", stdin=patch).returncode == 0:
            return File.of((folder / "file").read_bytes(), theirs.mode)
        merged = _run(folder, "merge-file", "-p", "mine", "base", "theirs")
        return merged.stdout.decode() if merged.returncode else File.of(merged.stdout, theirs.mode)


def _copy(service: Path, folder: Path, mine: Edited) -> None:
    shutil.copytree(service, folder)
    write_files({path: file for path, file in mine.items() if file}, folder)
    for path, file in mine.items():
        if file is None:
            (folder / path).unlink()


def _commit(folder: Path) -> None:
    git(folder, "init", "--quiet")
    git(folder, "add", "--all", "--force")
    git(folder, *_PERSON, "commit", "--quiet", "--allow-empty", "--no-verify", "--message", "proof")


def _difference(found: Path, expected: Path, *, strict: bool) -> str | None:
    """Return where two services differ; if not strict, a migration may follow another one."""
    one, other = (_contents(folder, strict=strict) for folder in (found, expected))
    paths = sorted(path for path in one.keys() | other.keys() if one.get(path) != other.get(path))
    return f"differs from a service that is made so: {', '.join(paths)}" if paths else None


def _contents(folder: Path, *, strict: bool) -> dict[str, tuple[bytes, bool]]:
    found = {}
    for path in folder.rglob("*"):
        name = path.relative_to(folder).as_posix()
        if path.is_file() and not name.startswith(".git/"):
            data = path.read_bytes()
            data = data if strict or not name.startswith(FOLDER) else without_parent(data)
            found[name] = (data, os.access(path, os.X_OK))
    return found


def _run(folder: Path, *arguments: str, stdin: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    command = ["git", *arguments]
    return subprocess.run(command, cwd=folder, input=stdin, capture_output=True, check=False)
