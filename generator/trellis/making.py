"""Making a service: the whole of it, or nothing."""

import io
import os
import re
import shutil
import time
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, redirect_stderr
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

from copier._main import Worker

from trellis.answers import check_answers, spelled
from trellis.errors import BadInputError
from trellis.questions import as_questions

Answers = dict[str, Any]


class Asking(Worker):
    """Copier at work, which checks what was answered beforehand and shows all answers before it writes."""

    before_writing: Callable[[Answers], None]

    def _ask(self) -> None:
        questions = as_questions(self.template.questions_data)
        check_answers(self.data, questions)
        try:
            super()._ask()
        except ValueError as error:
            raise BadInputError(reason_of(error, self.data)) from error
        for name in self.data:
            if name in self.answers.hidden:
                raise BadInputError(self._does_not_apply(name))
        self.before_writing({n: v for n, v in self._answers_to_remember().items() if not n.startswith("_")})

    def _does_not_apply(self, name: str) -> str:
        condition = str(self.template.questions_data[name].get("when"))
        others = [other for other in self.template.questions_data if re.search(rf"\b{other}\b", condition)]
        with_them = " and ".join(f"{other}={self.answers.combined.get(other)}" for other in others)
        return f"{name} does not apply with {with_them}; leave it out"


def make_service(  # noqa: PLR0913 (one parameter for each thing that varies)
    source: str,
    destination: Path,
    given: Mapping[str, object],
    *,
    before_writing: Callable[[Answers], None],
    finish: Callable[[Path, Answers], None],
    defaults: bool = False,
    vcs_ref: str | None = None,
) -> Answers:
    """Let Copier ask and write a service into a folder beside its destination, and move it there at the end.

    Args:
        source: the template's folder or address.
        destination: the service's folder; it must be empty, or not be there yet.
        given: answers that are not asked for.
        before_writing: takes the answers, once all are known; what it raises ends the work.
        finish: takes the folder that was written and all answers, before the folder is moved.
        defaults: answer all other questions by their defaults.
        vcs_ref: the version of the template, where it is a Git repository.

    Returns:
        All answers, the computed ones included.

    Raises:
        BadInputError: an answer or the destination makes no sense.
        copier.errors.CopierError: the template cannot be had or rendered.

    """
    destination = Path(os.path.abspath(destination))  # noqa: PTH100 (keeps symbolic links)
    _refuse_occupied(destination)
    with _folder_beside(destination) as folder:
        with (
            silence(),
            Asking(
                src_path=source,
                dst_path=folder,
                data=dict(given),
                defaults=defaults,
                vcs_ref=vcs_ref,
                quiet=True,
            ) as worker,
        ):
            worker.before_writing = before_writing
            worker.run_copy()
            answers = dict(worker.answers.combined)
        finish(folder, answers)
        _move(folder, destination)
    return answers


def reason_of(error: Exception, answers: Mapping[str, object] | None = None) -> str:
    """Return Copier's message in one line, without its own words around it.

    Args:
        error: what Copier raised.
        answers: the answers that it refused one of.

    """
    text = " ".join(str(error).split())
    refused = re.fullmatch(r"(Validation error|Invalid choice) for (?:question )?'(\w+)': (.*)", text)
    if not refused:
        return text
    kind, name, reason = refused.groups()
    if kind == "Invalid choice" and name in (answers or {}):
        return f"{name}={spelled((answers or {})[name])} {reason}"
    return f"{name}: {reason}"


def _refuse_occupied(destination: Path) -> None:
    if destination.is_dir():
        if any(destination.iterdir()):
            raise BadInputError(f"{destination} is not empty; name a folder that is, or a new one")
    elif destination.exists() or destination.is_symlink():
        raise BadInputError(f"{destination} is not a folder; name an empty one, or a new one")


@contextmanager
def _folder_beside(destination: Path) -> Iterator[Path]:
    """Give a folder of the destination's name, on its file system; what is left of it is removed."""
    nearest = next(parent for parent in destination.parents if parent.is_dir())
    try:
        workshop = Path(mkdtemp(prefix=".trellis-", dir=nearest))
    except OSError as error:
        raise BadInputError(f"{nearest} cannot be written to: {error.strerror}") from error
    try:
        yield workshop / destination.name
    finally:
        _remove(workshop)


def _remove(folder: Path) -> None:
    """Remove a folder, even while a program that was interrupted still writes into it."""
    for _ in range(50):
        shutil.rmtree(folder, ignore_errors=True)
        if not folder.exists():
            break
        time.sleep(0.05)


@contextmanager
def silence() -> Iterator[None]:
    """Keep back what Copier says of its own work; what a person must know is raised."""
    with redirect_stderr(io.StringIO()), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def _move(folder: Path, destination: Path) -> None:
    if destination.is_dir():
        for child in folder.iterdir():
            child.rename(destination / child.name)
    else:
        destination.parent.mkdir(parents=True, exist_ok=True)
        folder.rename(destination)
