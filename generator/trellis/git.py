"""The repository of a new service."""

import os
import subprocess
from pathlib import Path

GIT = "git"
MESSAGE = "Start from the Trellis template"
OF_ANOTHER_REPOSITORY = ("GIT_DIR", "GIT_INDEX_FILE", "GIT_WORK_TREE")


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
        _git(folder, "init", "--quiet", "--initial-branch=main")
        _git(folder, "add", "--all")
        try:
            _git(folder, *commit)
        except subprocess.CalledProcessError:
            _git(folder, *person, *commit)
    except FileNotFoundError:
        return "git is not installed"
    except subprocess.CalledProcessError as error:
        return " ".join(error.stderr.split()) or f"git ended with {error.returncode}"
    return None


def _git(folder: Path, *arguments: str) -> None:
    environment = {name: value for name, value in os.environ.items() if name not in OF_ANOTHER_REPOSITORY}
    subprocess.run(
        [GIT, *arguments],
        cwd=folder,
        env=environment,
        check=True,
        capture_output=True,
        text=True,
    )
