"""The Git repository of a new service: its own, or the one that its folder is in."""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from trellis.git import GitError, commit_all, git

_TOP_ONLY = {
    "github": (
        "GitHub reads .github only at the top of a repository: move {0}/.github there, "
        "set working-directory: {0} in its workflows, and directory: /{0} in dependabot.yml"
    ),
    "gitlab": (
        "GitLab reads .gitlab-ci.yml only at the top of a repository: move {0}/.gitlab-ci.yml there, "
        "and begin its scripts with cd {0}"
    ),
}
_HOOKS = (
    "pre-commit reads its configuration only at the top of a repository: "
    "move the hooks of {0}/.pre-commit-config.yaml there, with uv run --directory {0}"
)


@dataclass(frozen=True)
class Repository:
    """The repository of a new service.

    Args:
        wanted: whether the service gets a repository of its own; None if only outside of another one.
        folder: the service's folder.

    """

    wanted: bool | None
    folder: Path

    def commit(self, made: Path, answers: Mapping[str, object]) -> list[str]:
        """Make the repository if it is wanted, and return what the person must know.

        Args:
            made: where the service is while it is made.
            answers: its answers.

        """
        outer = find_outer(self.folder)
        if outer and (not self.wanted or outer == self.folder):
            return self._in(outer, str(answers["ci"]))
        if self.wanted is False:
            return []
        missing = commit_all(made, author=str(answers["author"]), email=str(answers["email"]))
        return [f"no commit was made: {missing}"] if missing else []

    def _in(self, outer: Path, ci: str) -> list[str]:
        if outer == self.folder:
            return ["nothing is committed yet: the folder is already a Git repository"]
        found = [] if self.wanted is False else [self._told(outer)]
        place = Path(os.path.relpath(self.folder, outer)).as_posix()
        return [*found, *(text.format(place) for text in (_TOP_ONLY.get(ci), _HOOKS) if text)]

    def _told(self, outer: Path) -> str:
        return (
            f"no Git repository was made: {self.folder} is in that of {outer}; --git makes one all the same"
        )


def find_outer(folder: Path) -> Path | None:
    """Return the top of the repository that would record a folder, if there is one.

    None inside a bare repository, and where the repository ignores the folder.
    """
    folder = Path(os.path.realpath(folder))
    nearest = next(place for place in (folder, *folder.parents) if place.is_dir())
    try:
        top = Path(git(nearest, "rev-parse", "--show-toplevel").removesuffix("\n"))
    except GitError as error:
        unsafe = re.search(r"dubious ownership in repository at '(.+?)'", str(error))
        return Path(unsafe[1]) if unsafe else None
    return None if folder != top and _ignores(nearest, folder) else top


def _ignores(nearest: Path, folder: Path) -> bool:
    try:
        git(nearest, "check-ignore", "--quiet", "--", f"{folder}/")
    except GitError:
        return False
    return True
