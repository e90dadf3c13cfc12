"""A service in its Git repository, refused where a step could not be put back."""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import yaml

from trellis.answers import read_answers
from trellis.errors import BadInputError
from trellis.git import GitError, git

ANSWERS = ".copier-answers.yml"
UNDER_WAY = {
    "MERGE_HEAD": "merge",
    "rebase-merge": "rebase",
    "rebase-apply": "rebase",
    "CHERRY_PICK_HEAD": "cherry-pick",
    "REVERT_HEAD": "revert",
}
"""What Git keeps in `.git` while something is under way."""


@dataclass(frozen=True)
class Service:
    """A service.

    Args:
        folder: its folder.
        top: the folder of its repository.
        prefix: where its folder is in the repository: nothing, or a path that ends in `/`.
        git_dir: the repository's `.git`.
        answers: all that its answers file holds.

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
        """Write another address of the template into the answers file, whole or not at all."""
        path = self.folder / ANSWERS
        line = yaml.safe_dump({"_src_path": address}, width=10**6)
        text = re.sub(
            r"^_src_path:.*\n", lambda _: line, path.read_text(encoding="utf-8"), flags=re.MULTILINE
        )
        part = path.with_name(f"{path.name}.part")
        part.write_text(text, encoding="utf-8")
        part.replace(path)


def open_service(folder: Path) -> Service:
    """Find out about the service in a folder.

    Raises:
        BadInputError: there is none, or its answers file or its repository is not sound.

    """
    answers = _answers(folder)
    try:
        top, prefix, git_dir = git(
            folder, "rev-parse", "--show-toplevel", "--show-prefix", "--absolute-git-dir"
        ).split("\n")[:3]
    except GitError as error:
        if str(error) == "git is not installed":
            raise BadInputError(str(error)) from error
        raise BadInputError(
            f"{folder} is not in a Git repository; make one, so that every step can be looked at and undone: "
            "git init && git add --all && git commit"
        ) from error
    return Service(folder.resolve(), Path(top), prefix, Path(git_dir), answers)


def moved(service: Service, address: str) -> Service:
    """Return a service as if its template had another address."""
    return replace(service, answers={**service.answers, "_src_path": address})


def require_clean(service: Service) -> None:
    """Refuse a service with changes that are not committed.

    Raises:
        BadInputError: with what to do first.

    """
    for name, what in UNDER_WAY.items():
        if (service.git_dir / name).exists():
            raise BadInputError(f"a {what} is under way; finish it, or end it by git {what} --abort")
    try:
        git(service.folder, "rev-parse", "--verify", "HEAD")
    except GitError as error:
        raise BadInputError("there is no commit yet; make one: git add --all && git commit") from error
    changed = git(service.folder, "status", "--porcelain", "-z", "--", ".").split("\0")[:-1]
    if changed:
        raise BadInputError(
            f"{changed[0][3:]}{f' and {len(changed) - 1} more' if changed[1:] else ''} "
            "is changed or new, and not committed; git commit or git stash it first"
        )


def _answers(folder: Path) -> dict[str, object]:
    path = folder / ANSWERS
    if not folder.is_dir():
        raise BadInputError(f"{folder} is not a folder")
    if path.is_symlink():
        raise BadInputError(f"{path} is a symbolic link; put the file that it names in its place")
    if not path.is_file():
        raise BadInputError(f"{folder} is no service of Trellis or Copier: it has no {ANSWERS}")
    answers = read_answers(path)
    for name, what in {"_src_path": "its template", "_commit": "its template's version"}.items():
        if not isinstance(answers.get(name), str) or not answers[name]:
            raise BadInputError(
                f"{path} does not say {what} ({name}); take it from the file's history: git log -p {ANSWERS}"
            )
    return answers


def link_above(path: str, folder: Path) -> Path | None:
    """Return the first symbolic link on the way to a path below a folder, if there is one."""
    steps = Path(path).parts
    ways = (folder.joinpath(*steps[:length]) for length in range(1, len(steps)))
    return next((way for way in ways if os.path.islink(way)), None)  # noqa: PTH114 (reads no further)
