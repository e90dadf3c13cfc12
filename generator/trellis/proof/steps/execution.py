"""Takes real steps with services in repositories."""

import os
import re
import shutil
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from trellis.errors import BadInputError
from trellis.git import git
from trellis.lifecycle.copier_worker import Copies
from trellis.lifecycle.impact import find_losses
from trellis.lifecycle.merge import merge_file
from trellis.lifecycle.migrations import FOLDER, find_heads, read_migrations
from trellis.lifecycle.service import ANSWERS, open_service
from trellis.lifecycle.step import Step, made_step
from trellis.rendering.source import SERVICE
from trellis.rendering.tree import File, TreeFiles, write_files

VERSION = "v1.0.0"
_PERSON = ("-c", "user.name=proof", "-c", "user.email=proof@localhost", "-c", "commit.gpgsign=false")


@dataclass(frozen=True)
class Job:
    """A step and its expected result.

    Args:
        service: a service.
        changes: the answers that change.
        version: the template's version afterwards.
        expected: the service that is made with the new answers.

    """

    service: TreeFiles
    changes: Mapping[str, object]
    version: str
    expected: TreeFiles


@dataclass(frozen=True)
class Versions:
    """A file as the template rendered it, as its user changed it, and as the template renders it now."""

    path: str
    base: File
    mine: File
    theirs: File

    @property
    def id(self) -> tuple[str, str, str]:
        """An identity: equal versions have the same one."""
        return self.base.id, self.mine.id, self.theirs.id


def tag_template(root: Path, folder: Path, version: str = VERSION) -> Path:
    """Commit the template at `root` to a repository, with a version; return its folder."""
    shutil.rmtree(folder / "template", ignore_errors=True)
    shutil.copytree(root, folder, dirs_exist_ok=True, ignore=shutil.ignore_patterns(".git"))
    commit(folder)
    git(folder, "tag", version)
    return folder


def rendered_by(files: TreeFiles, template: Path, version: str = VERSION) -> TreeFiles:
    """Return a service as Copier renders it from a version of a template in a repository."""
    answers = files[ANSWERS]
    source = f"_commit: {version}\n_src_path: {template}".encode()
    data = re.sub(rb"^_src_path: .*$", lambda _: source, answers.data, count=1, flags=re.MULTILINE)
    return {**files, ANSWERS: File.of(data, answers.mode)}


def make_steps(jobs: Sequence[Job]) -> list[str | None]:
    """Take steps with the same copy of the template; return the problem of each, if any."""
    with Copies() as copies:
        return [_make_step(job, copies) for job in jobs]


def _make_step(job: Job, copies: Copies) -> str | None:
    with TemporaryDirectory(prefix="trellis-proof-") as workshop:
        folder = Path(workshop, SERVICE)
        write_files(job.service, folder)
        commit(folder)
        service = open_service(folder)
        try:
            with made_step(service, job.changes, job.version, copies) as step:
                if step.conflicts:
                    return "\n".join(
                        f"conflict in {path}:\n{step.after[path].decode()}" for path in step.conflicts
                    )
                if step.unapplied:
                    return f"not applied: {', '.join(step.unapplied)}"
                if losses := [loss for loss in find_losses(step) if loss.path not in step.migrations.paths]:
                    return "; ".join(f"{loss.path} {loss.reason}" for loss in losses)
                return _difference(step, job)
        except BadInputError as error:
            return str(error)


def merge(cases: Sequence[Versions], at_once: int = 1) -> list[File | str]:
    """Merge files as a step does, several at once; return each result, which may have conflicts."""
    with ThreadPoolExecutor(at_once) as pool:
        return list(pool.map(_merged, cases))


def _merged(case: Versions) -> File | str:
    merged = merge_file(case.path, case.base.data, case.mine.data, case.theirs.data)
    return merged.data.decode() if merged.conflict else File.of(merged.data, case.theirs.mode)


def commit(folder: Path) -> None:
    """Commit all files of a folder to its repository."""
    git(folder, "init", "--quiet")
    git(folder, "add", "--all", "--force")
    git(folder, *_PERSON, "commit", "--quiet", "--allow-empty", "--no-verify", "--message", "proof")


def _difference(step: Step, job: Job) -> str | None:
    """Return where a service differs from the expected one."""
    found = {
        path: (data, os.access(step.copy / path, os.X_OK))
        for path, data in step.after.items()
        if not path.startswith(FOLDER)
    }
    expected = {
        path: (file.data, bool(file.mode & 0o100))
        for path, file in job.expected.items()
        if not path.startswith(FOLDER)
    }
    paths = sorted(path for path in found.keys() | expected.keys() if found.get(path) != expected.get(path))
    if paths:
        return f"differs from a service that is made so: {', '.join(paths)}"
    return _wrong_migrations(step) if any(path.startswith(FOLDER) for path in job.expected) else None


def _wrong_migrations(step: Step) -> str | None:
    """Return what is wrong with a service's migrations: those from before are as they were, in one chain."""
    for path, data in step.before.items():
        if path.startswith(FOLDER) and step.after.get(path) != data:
            return f"{path} is not as it was"
    heads = find_heads(read_migrations(step.after).values())
    return f"the migrations have the heads {', '.join(heads)}" if len(heads) != 1 else None
