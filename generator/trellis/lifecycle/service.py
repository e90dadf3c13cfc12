"""A service in its Git repository; refused if a step could not be undone."""

import os
import re
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import yaml

from trellis.answers import read_answers
from trellis.errors import BadInputError
from trellis.git import NOT_INSTALLED, GitError, git
from trellis.output import counted

ANSWERS = ".copier-answers.yml"
UNDER_WAY = {
    "MERGE_HEAD": "merge",
    "rebase-merge": "rebase",
    "rebase-apply": "rebase",
    "CHERRY_PICK_HEAD": "cherry-pick",
    "REVERT_HEAD": "revert",
}
"""What Git keeps in `.git` during an operation."""

_FEW = 3
"""How many paths a message names at most."""


@dataclass(frozen=True)
class Service:
    """A service.

    Args:
        folder: its folder.
        top: the top folder of its repository.
        prefix: the path of its folder in the repository: empty, or with a final `/`.
        git_dir: the repository's `.git`.
        answers: the content of its answers file.

    """

    folder: Path
    top: Path
    prefix: str
    git_dir: Path
    answers: Mapping[str, object]

    @property
    def source(self) -> str:
        """The address of its template."""
        return str(self.answers["_src_path"])

    @property
    def version(self) -> str:
        """The version of its template."""
        return str(self.answers["_commit"])

    @property
    def own_answers(self) -> dict[str, object]:
        """The answers to the template's questions."""
        return {name: value for name, value in self.answers.items() if not name.startswith("_")}

    def write_source(self, address: str) -> None:
        """Write a new address of the template into the answers file, atomically."""
        path = self.folder / ANSWERS
        line = yaml.safe_dump({"_src_path": address}, width=10**6)
        text = re.sub(
            r"^_src_path:.*\n", lambda _: line, path.read_text(encoding="utf-8"), flags=re.MULTILINE
        )
        part = path.with_name(f"{path.name}.part")
        part.write_text(text, encoding="utf-8")
        part.replace(path)


def open_service(folder: Path) -> Service:
    """Return the service in a folder, or in the nearest folder above it.

    Raises:
        BadInputError: there is none, or its answers file or its repository is invalid.

    """
    found = _service_folder(folder)
    answers = _answers(found)
    try:
        top, prefix, git_dir = git(
            found, "rev-parse", "--show-toplevel", "--show-prefix", "--absolute-git-dir"
        ).split("\n")[:3]
    except GitError as error:
        raise _refused_by_git(found, str(error)) from error
    return Service(found, Path(top), prefix, Path(git_dir), answers)


def _service_folder(folder: Path) -> Path:
    """Return the nearest folder with an answers file, up to the top of the repository."""
    if not folder.is_dir():
        raise BadInputError(f"{folder} is not a folder", code="not_a_service")
    folder = folder.resolve()
    for candidate in (folder, *folder.parents):
        if os.path.lexists(candidate / ANSWERS):
            return candidate
        if (candidate / ".git").exists():
            break
    raise BadInputError(
        f"{folder} is not a Trellis service: it has no {ANSWERS}",
        "run this in a service, or name its folder with --service",
        code="not_a_service",
    )


def _refused_by_git(folder: Path, reason: str) -> BadInputError:
    """Return the error for a folder whose repository Git refuses to open."""
    if reason == NOT_INSTALLED:
        return BadInputError(reason, code="git_missing")
    if is_unsafe(reason):
        return unsafe(reason)
    if "not a git repository" not in reason:
        return BadInputError(f"{folder}: {reason}", code="git_failed")
    return BadInputError(
        f"{folder} is not in a Git repository",
        "make one, so that you can review and undo every change: "
        "git init && git add . && git commit --message Start",
        code="not_a_repository",
    )


def is_unsafe(reason: str) -> bool:
    """Tell whether Git refuses a repository because it belongs to another user."""
    return "detected dubious ownership" in reason


def unsafe(reason: str) -> BadInputError:
    """Return the error for a repository of another user, in Git's own words."""
    message, _, advice = " ".join(reason.split()).partition(" To add an exception for this directory, call: ")
    advice = advice.partition(" fatal: ")[0]
    return BadInputError(
        message.removeprefix("fatal: "), f"if you trust it: {advice}", code="unsafe_repository"
    )


def moved(service: Service, address: str) -> Service:
    """Return a service as if its template had another address."""
    return replace(service, answers={**service.answers, "_src_path": address})


def require_clean(service: Service) -> None:
    """Refuse a service with uncommitted changes.

    Raises:
        BadInputError: says what to do first.

    """
    for name, what in UNDER_WAY.items():
        if (service.git_dir / name).exists():
            raise BadInputError(
                f"a {what} is in progress",
                f"finish it, or abort it: git {what} --abort",
                code="operation_in_progress",
            )
    try:
        git(service.folder, "rev-parse", "--verify", "HEAD")
    except GitError as error:
        raise BadInputError(
            "the repository has no commit", "make one: git add . && git commit .", code="no_commit"
        ) from error
    listed = git(service.folder, "status", "--porcelain", "--no-renames", "-z", "--", ".")
    changed = [line[3:] for line in listed.split("\0")[:-1]]
    if changed:
        raise BadInputError(
            f"you have {counted(len(changed), 'uncommitted change')}: {_listed(changed)}",
            "commit first",
            code="uncommitted_changes",
        )


def _listed(paths: Sequence[str]) -> str:
    """Return the first few of these paths, and how many more there are."""
    more = [f"and {len(paths) - _FEW} more"] if len(paths) > _FEW else []
    return ", ".join([*paths[:_FEW], *more])


def _answers(folder: Path) -> dict[str, object]:
    path = folder / ANSWERS
    if path.is_symlink():
        raise BadInputError(f"{path} is a symbolic link", "put the file itself there", code="symbolic_link")
    answers = read_answers(path)
    for name, what in {"_src_path": "the template", "_commit": "the template's version"}.items():
        if not isinstance(answers.get(name), str) or not answers[name]:
            raise BadInputError(
                f"{path} does not name {what} ({name})",
                f"copy the line from the file's history: git log -p {ANSWERS}",
                code="invalid_answers_file",
            )
    return answers


def link_above(path: str, folder: Path) -> Path | None:
    """Return the first symbolic link among the parents of a path below a folder, if any."""
    steps = Path(path).parts
    ways = (folder.joinpath(*steps[:length]) for length in range(1, len(steps)))
    return next((way for way in ways if os.path.islink(way)), None)  # noqa: PTH114 (it does not follow the link)


def way_to(folder: Path) -> list[str]:
    """Return the command that goes to a folder, unless it is the current one."""
    try:
        return [] if Path.cwd() == folder else [f"cd {shlex.quote(os.path.relpath(folder))}"]
    except FileNotFoundError:  # the step removed the current folder
        return [f"cd {shlex.quote(str(folder))}"]
