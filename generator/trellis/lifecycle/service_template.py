"""A version of a service's template: its questions, and which answers go together."""

from collections.abc import Generator, Mapping
from contextlib import contextmanager

from copier.errors import CopierError
from plumbum.commands.processes import ProcessExecutionError

from trellis.answers import check_answers, instead, possible_with, reason_of, spelled
from trellis.create import silence
from trellis.errors import BadInputError
from trellis.git import GitError, git
from trellis.interview import Interview
from trellis.lifecycle.copier_worker import Copies, SharingWorker
from trellis.lifecycle.service import ANSWERS, Service, is_unsafe, unsafe
from trellis.lifecycle.versions import no_version, template_error
from trellis.questions import Question, as_questions
from trellis.template_source import carry_history


class Template:
    """A version of a service's template.

    Args:
        worker: Copier, opened on that version and the service.
        service: the service.

    """

    def __init__(self, worker: SharingWorker, service: Service) -> None:
        self._worker = worker
        self._own = service.own_answers
        self.version = str(worker.template.commit)
        self.questions: Mapping[str, Question] = as_questions(worker.template.questions_data)

    def check_own(self) -> None:
        """Refuse an answers file that this version of the template did not write.

        Raises:
            BadInputError: names the first answer that is wrong.

        """
        try:
            check_answers(self._own, self.questions)
            found = self._ask({})
        except (BadInputError, ValueError) as error:
            raise _mismatch(reason_of(error)) from error
        for name in [*self._own, *found]:
            if name not in found:
                raise _mismatch(f"{name} does not apply", "remove the line")
            if name not in self._own:
                raise _mismatch(f"it has no answer to {name}")
            if spelled(found[name]) != spelled(self._own[name]):
                raise _mismatch(self._refusal({}, name))

    def answer(self, changes: Mapping[str, object]) -> dict[str, object]:
        """Return all answers with these changes.

        Raises:
            BadInputError: they are invalid; the message says why, and what else must change.

        """
        check_answers(changes, self.questions)
        try:
            answers = self._compatible(changes)
        except BadInputError as error:
            raise BadInputError(str(error), self._remedies(changes), code="invalid_answer") from error
        for name in changes:
            if name not in answers:
                raise BadInputError(f"{name} does not apply with the other answers", code="invalid_answer")
        return answers

    def ask_new(self, changes: Mapping[str, object]) -> dict[str, object]:
        """Ask what the service was never asked, and what has no valid answer any more.

        Returns:
            These changes, and the new answers.

        """
        kept = {**self._own, **changes}
        found = Interview(self._worker).ask(kept, fixed=kept)
        return {**changes, **{name: value for name, value in found.items() if self._own.get(name) != value}}

    def text(self, path: str) -> str:
        """Return a file of the template's repository; an empty text if it does not exist."""
        file = self._worker.template.local_abspath / path
        return file.read_text(encoding="utf-8") if file.is_file() else ""

    def current(self, name: str) -> str | None:
        """Return the service's answer as written after `name=`, None if there is none."""
        return spelled(self._own[name]) if name in self._own else None

    def question(self, name: str) -> Question:
        """Return a question that users are asked.

        Raises:
            BadInputError: no question has this name.

        """
        asked = [known for known, question in self.questions.items() if not question.computed]
        if name not in asked:
            raise BadInputError(f"there is no question {name!r}", instead(name, asked), code="invalid_answer")
        return self.questions[name]

    def _compatible(self, changes: Mapping[str, object]) -> dict[str, object]:
        """Return all answers with these changes; refuse changes that exclude another answer."""
        try:
            answers = self._ask(changes)
        except ValueError as error:
            raise BadInputError(reason_of(error, changes), code="invalid_answer") from error
        for name, value in self._own.items():
            if name not in changes and name in answers and answers[name] != value:
                raise BadInputError(self._refusal(changes, name), code="invalid_answer")
        return answers

    def _is_compatible(self, changes: Mapping[str, object]) -> bool:
        try:
            self._compatible(changes)
        except BadInputError:
            return False
        return True

    def _refusal(self, changes: Mapping[str, object], name: str) -> str:
        """Return why the service's answer to a question does not go with these changes."""
        wanted = {**changes, name: self._own[name]}
        try:
            self._ask(wanted)
        except ValueError as error:
            return reason_of(error, wanted)
        return f"the template does not accept {name}={spelled(self._own[name])}"

    def _remedies(self, changes: Mapping[str, object]) -> str:
        remedies = [
            f"{name}={choice}"
            for name, question in self.questions.items()
            if name not in changes and not question.computed
            for choice in question.choices
            if choice != self.current(name) and self._is_compatible({**changes, name: choice})
        ]
        return possible_with(remedies)

    def _ask(self, changes: Mapping[str, object]) -> dict[str, object]:
        """Return the answers that Copier would remember; raise its ValueError if it refuses one."""
        self._worker.subproject.__dict__["last_answers"] = dict(self._own)
        self._worker.data = dict(changes)
        self._worker._ask()  # noqa: SLF001 (the whole of Copier's update would write as well)
        remembered = self._worker._answers_to_remember()  # noqa: SLF001 (likewise)
        return {name: value for name, value in remembered.items() if not name.startswith("_")}


@contextmanager
def opened_template(service: Service, version: str | None, copies: Copies) -> Generator[Template]:
    """Open a version of a service's template.

    Args:
        service: the service.
        version: a tag or a commit; None for the newest.
        copies: keeps the copy of the template for later use.

    Yields:
        The template.

    Raises:
        BadInputError: the template could not be fetched, or has no such version.

    """
    carry_history(service.source)
    with (
        silence(),
        SharingWorker(
            src_path=service.source,
            dst_path=service.folder,
            vcs_ref=version,
            defaults=True,
            quiet=True,
            copies=copies,
        ) as worker,
    ):
        yield _opened(worker, service, version)


def _opened(worker: SharingWorker, service: Service, version: str | None) -> Template:
    where = f"the template {service.source}"
    if worker.template.vcs != "git":
        _refuse_unsafe(service)
        raise BadInputError(
            f"{where} does not exist, or is not a Git repository",
            "if it has moved: trellis move ADDRESS",
            code="template_unreachable",
        )
    try:
        return Template(worker, service)
    except ProcessExecutionError as error:
        raise template_error(service.source, version, error, service) from error
    except (CopierError, OSError) as error:
        raise BadInputError(f"could not read {where}: {reason_of(error)}", code="template_error") from error
    except ValueError as error:
        raise no_version(service.source, version, service) from error


def _refuse_unsafe(service: Service) -> None:
    """Refuse a local template of another user; to Copier it looks like a folder without a repository."""
    try:
        git(service.folder, "ls-remote", "--quiet", "--", service.source, "HEAD")
    except GitError as error:
        if is_unsafe(str(error)):
            raise unsafe(str(error)) from error


def _mismatch(reason: str, hint: str = "") -> BadInputError:
    return BadInputError(
        f"{ANSWERS} does not match its template: {reason}", hint, code="invalid_answers_file"
    )
