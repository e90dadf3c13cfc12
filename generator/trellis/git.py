"""Runs Git, and makes the repository of a new service."""

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
"""Variables that Git sets for its hooks; they would point Git to another repository."""


_QUIET = {"GIT_OPTIONAL_LOCKS": "0", "LANGUAGE": "en"}
"""Variables for English messages, and no unnecessary writes."""


class GitError(Exception):
    """An error of Git, with Git's own message in one line."""


def commit_all(folder: Path, *, author: str, email: str) -> str | None:
    """Make a repository of a folder, with all its files in a first commit.

    Args:
        folder: the service's folder.
        author: the name for the commit, if Git has none configured.
        email: the email address, likewise.

    Returns:
        Why there is no commit; None if it was made.

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
    """Return the configured `author` and `email` of the user, if any."""
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
        folder: the folder to run in.
        arguments: the command and its arguments.
        stdin: the standard input.
        variables: additional environment variables.

    Returns:
        The standard output, decoded by `os.fsdecode`.

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
