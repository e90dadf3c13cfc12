"""Makes a service: the whole of it, or nothing."""

import io
import os
import re
import shutil
import time
import warnings
from collections.abc import Callable, Generator, Iterable, Mapping
from contextlib import contextmanager, redirect_stderr
from dataclasses import dataclass
from pathlib import Path
from tempfile import mkdtemp

from plumbum.commands.processes import ProcessExecutionError

from trellis.answers import check_answers, possible_with, reason_of, spelled
from trellis.errors import BadInputError
from trellis.interview import Answers, Interview
from trellis.lifecycle.copier_worker import Copies, SharingWorker
from trellis.lifecycle.versions import checked_version, no_version, template_error
from trellis.questions import Question, as_questions

_CHOOSE = "choose an empty folder or a new one"


@dataclass(frozen=True)
class Made:
    """A new service.

    Args:
        answers: all answers, including computed ones.
        changes: the answers that differ from the defaults.

    """

    answers: Answers
    changes: Answers


class Making(SharingWorker):
    """A Copier worker that checks all answers together before it writes anything."""

    talk: Callable[[Interview, Answers], Answers] | None
    before_writing: Callable[[], None]
    changes: Answers

    def _ask(self) -> None:
        questions = as_questions(self.template.questions_data)
        check_answers(self.data, questions)
        interview = Interview(self)
        interview.check(self.data)
        self.user_defaults = {
            name: value
            for name, value in self.user_defaults.items()
            if name not in self.settings.defaults and not interview.reason(name, value, {})
        }
        if self.talk:
            self.data = self.talk(interview, self.data)
        self.defaults = True
        try:
            super()._ask()
        except ValueError as error:
            reason, hint = reason_of(error, self.data), self._remedies(questions)
            raise BadInputError(reason, hint, code="invalid_answer") from error
        for name in self.data:
            if name in self.answers.hidden:
                raise self._does_not_apply(name)
        answers = self.answers
        asked = {n: v for n, v in answers.combined.items() if n in questions and n not in answers.hidden}
        self.changes = interview.changes(asked)
        self.answers = answers
        self.before_writing()

    def _remedies(self, questions: Mapping[str, Question]) -> str:
        """Return the other answers with which Copier would accept these."""
        rules = " ".join(questions[name].rule(spelled(value)) for name, value in self.data.items())
        remedies = [
            f"{name}={choice}"
            for name in _mentioned(rules, questions)
            if name not in self.data and not questions[name].computed
            for choice in questions[name].choices
            if self._takes({**self.data, name: choice})
        ]
        return possible_with(remedies)

    def _takes(self, data: Answers) -> bool:
        refused, self.data = self.data, data
        try:
            super()._ask()
        except ValueError:
            return False
        finally:
            self.data = refused
        return True

    def _does_not_apply(self, name: str) -> BadInputError:
        condition = str(self.template.questions_data[name].get("when"))
        others = _mentioned(condition, self.template.questions_data)
        with_them = " and ".join(f"{other}={self.answers.combined.get(other)}" for other in others)
        return BadInputError(f"{name} does not apply with {with_them}", "leave it out", code="invalid_answer")


def _mentioned(text: str, names: Iterable[str]) -> list[str]:
    return [name for name in names if re.search(rf"\b{name}\b", text)]


def make_service(  # noqa: PLR0913 (one parameter for each thing that varies)
    source: str,
    destination: Path,
    given: Mapping[str, object],
    *,
    before_writing: Callable[[], None],
    finish: Callable[[Path, Answers], None],
    talk: Callable[[Interview, Answers], Answers] | None = None,
    user_defaults: Mapping[str, object] | None = None,
    vcs_ref: str | None = None,
) -> Made:
    """Let Copier write a service into a temporary folder, then move it to its destination.

    Args:
        source: the template's folder or address.
        destination: the service's folder; it must be empty or new.
        given: answers that are not asked for.
        before_writing: called when all answers are known and valid.
        finish: called with the temporary folder and all answers, before the folder is moved.
        talk: asks for the other answers, and returns all; None to use the defaults.
        user_defaults: answers that override the template's defaults, if they are valid.
        vcs_ref: the version of the template, if it is a Git repository.

    Returns:
        The new service.

    Raises:
        BadInputError: an answer or the destination is invalid.
        copier.errors.CopierError: the template could not be fetched or rendered.

    """
    destination = Path(os.path.abspath(destination))  # noqa: PTH100 (keeps symbolic links)
    _refuse_occupied(destination)
    with _folder_beside(destination) as folder:
        with (
            silence(),
            Copies() as copies,
            Making(
                src_path=source,
                dst_path=folder,
                data=dict(given),
                user_defaults=dict(user_defaults or {}),
                vcs_ref=vcs_ref,
                quiet=True,
                copies=copies,
            ) as worker,
        ):
            worker.talk = talk
            worker.before_writing = before_writing
            with _fetched(source, vcs_ref):
                _require_version(worker, vcs_ref)
                worker.run_copy()
            made = Made(dict(worker.answers.combined), worker.changes)
        finish(folder, made.answers)
        _move(folder, destination)
    return made


@contextmanager
def _fetched(source: str, version: str | None) -> Generator[None]:
    """Raise an error of Git as one line."""
    try:
        yield
    except ProcessExecutionError as error:
        raise template_error(source, version, error) from error
    except ValueError as error:
        if str(error).startswith("Unknown revision"):
            raise no_version(source, version) from error
        if str(error).startswith("Local template must be"):
            raise BadInputError(
                f"the template {source} does not exist",
                "name an address like https://git.example.com/trellis.git, or a folder",
                code="template_unreachable",
            ) from error
        raise


def _require_version(worker: SharingWorker, version: str | None) -> None:
    if version is None:
        return
    checked_version(version)
    if worker.template.vcs != "git":
        raise BadInputError(
            f"the template {worker.src_path} is not a Git repository, and has no versions",
            "leave out --vcs-ref",
            code="version_not_found",
        )


def _refuse_occupied(destination: Path) -> None:
    if destination.is_dir():
        if any(path.name != ".git" for path in destination.iterdir()):
            raise BadInputError(f"{destination} is not empty", _CHOOSE, code="folder_not_empty")
    elif destination.exists() or destination.is_symlink():
        raise BadInputError(f"{destination} is not a folder", _CHOOSE, code="folder_not_empty")


@contextmanager
def _folder_beside(destination: Path) -> Generator[Path]:
    """Yield a new folder with the destination's name on its file system; remove it at the end."""
    nearest = next(parent for parent in destination.parents if parent.is_dir())
    try:
        workshop = Path(mkdtemp(prefix=".trellis-", dir=nearest))
    except OSError as error:
        raise BadInputError(f"cannot write to {nearest}: {error.strerror}", code="io_error") from error
    try:
        yield workshop / destination.name
    finally:
        _remove(workshop)


def _remove(folder: Path) -> None:
    """Remove a folder, even while an interrupted program still writes into it."""
    for _ in range(50):
        shutil.rmtree(folder, ignore_errors=True)
        if not folder.exists():
            break
        time.sleep(0.05)


@contextmanager
def silence() -> Generator[None]:
    """Suppress Copier's own messages and warnings."""
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
