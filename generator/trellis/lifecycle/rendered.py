"""Renders a template for a service."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from copier.errors import CopierError
from plumbum.commands.processes import ProcessExecutionError

from trellis.answers import reason_of
from trellis.create import silence
from trellis.errors import BadInputError
from trellis.lifecycle.copier_worker import Copies, SharingWorker
from trellis.lifecycle.service import Service

Files = Mapping[str, bytes]
"""Files by their paths with `/`; a symbolic link is a file that holds its target."""


@dataclass(frozen=True)
class Rendering:
    """The rendered files of a template.

    Args:
        files: the files.
        executable: the paths of executable files.
        kept: the paths of files that stay as the user has them (Copier's `_skip_if_exists`).

    """

    files: Files
    executable: frozenset[str] = frozenset()
    kept: frozenset[str] = frozenset()


def render(
    service: Service,
    answers: Mapping[str, object],
    copies: Copies,
    *,
    last: Mapping[str, object] | None = None,
    version: str | None = None,
) -> Rendering:
    """Render a template for a service.

    Args:
        service: the service.
        answers: the answers.
        copies: the copies of the template.
        last: earlier answers, used as far as they are still valid; by default none.
        version: the template's version; by default the service's.

    Raises:
        BadInputError: the template does not allow these answers, or cannot be rendered.

    """
    with TemporaryDirectory(prefix="trellis-render-") as workshop:
        folder = Path(workshop, service.folder.name or "service")
        try:
            with (
                silence(),
                SharingWorker(
                    src_path=service.source,
                    dst_path=folder,
                    vcs_ref=version or service.version,
                    data=dict(answers),
                    defaults=True,
                    quiet=True,
                    copies=copies,
                ) as worker,
            ):
                worker.subproject.__dict__["last_answers"] = dict(last or {})
                worker.run_copy()
                files = read_files(folder)
                kept = {path for path in files if worker.match_skip(Path(path))}
        except ProcessExecutionError as error:
            raise BadInputError(" ".join(error.stderr.split()), code="git_failed") from error
        except (CopierError, ValueError) as error:
            raise BadInputError(reason_of(error), code="template_error") from error
        programs = {path for path in files if os.access(folder / path, os.X_OK)}
        return Rendering(files, frozenset(programs), frozenset(kept))


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
