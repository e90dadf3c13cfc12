"""Git: the repository of a new service, and all that is asked of one."""

import os
import subprocess
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

GIT = "git"
NOT_INSTALLED = "git is not installed"
MESSAGE = "Start from the Trellis template"
OF_ANOTHER_REPOSITORY = (
    "GIT_ALTERNATE_OBJECT_DIRECTORIES",
    "GIT_COMMON_DIR",
    "GIT_DIR",
    "GIT_INDEX_FILE",
    "GIT_OBJECT_DIRECTORY",
    "GIT_PREFIX",
    "GIT_WORK_TREE",
)
"""Variables that Git sets for its hooks, and that would lead it to the wrong repository."""


_QUIET = {"GIT_OPTIONAL_LOCKS": "0", "LANGUAGE": "en"}
"""Variables with which Git writes nothing that is not needed, and gives its messages in English."""


class GitError(Exception):
    """An error of Git, with Git's own message in one line."""


def commit_all(folder: Path, *, author: str, email: str) -> str | None:
    """Make a repository of a folder, with all that it holds in a first commit.

    Args:
        folder: the service's folder.
        author: who commits, where Git knows nobody.
        email: likewise.

    Returns:
        Why there is no commit; None if there is one.

    """
    person = ["-c", f"user.name={author}", "-c", f"user.email={email or 'nobody@localhost'}"]
    commit = ["-c", "commit.gpgsign=false", "commit", "--quiet", "--no-verify", "--message", MESSAGE]
    try:
        git(folder, "init", "--quiet", "--initial-branch=main")
        git(folder, "add", "--all")
        try:
            git(folder, *commit)
        except GitError:
            git(folder, *person, *commit)
    except GitError as error:
        return str(error)
    return None


def read_identity() -> dict[str, str]:
    """Return who Git's configuration says you are: `author` and `email`, as far as it says so."""
    found = {}
    for name, key in {"author": "user.name", "email": "user.email"}.items():
        with suppress(GitError):
            found[name] = git(Path(), "config", "--get", key).removesuffix("\n")
    return found


def git(
    folder: Path, *arguments: str, stdin: bytes | None = None, variables: Mapping[str, str] | None = None
) -> str:
    """Run Git in a folder.

    Args:
        folder: where.
        arguments: the command and its arguments.
        stdin: what it reads.
        variables: environment variables, beside this process's.

    Returns:
        What it prints, with names of files as `os.fsdecode` gives them.

    Raises:
        GitError: it fails, or is not installed.

    """
    try:
        done = subprocess.run(
            [GIT, *arguments],
            cwd=folder,
            env={**os.environ, **_QUIET, **(variables or {})},
            input=stdin,
            stdin=subprocess.DEVNULL if stdin is None else None,
            check=False,
            capture_output=True,
        )
    except FileNotFoundError as error:
        raise GitError(NOT_INSTALLED) from error
    if done.returncode:
        reason = " ".join(os.fsdecode(done.stderr).split())
        raise GitError(reason or f"git {arguments[0]} ended with {done.returncode}")
    return os.fsdecode(done.stdout)
