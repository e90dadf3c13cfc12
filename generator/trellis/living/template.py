"""The template of a service, asked: which answers make sense, and what else must change."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from copier.errors import CopierError
from plumbum.commands.processes import ProcessExecutionError

from trellis.answers import check_answers, instead, possible_with, reason_of, spelled
from trellis.errors import BadInputError
from trellis.living.copies import Copies, SharingWorker
from trellis.living.service import ANSWERS, Service
from trellis.making import silence
from trellis.questions import Question, as_questions


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
            BadInputError: with the first answer that is wrong.

        """
        try:
            check_answers(self._own, self.questions)
            found = self._ask({})
        except (BadInputError, ValueError) as error:
            raise BadInputError(f"{ANSWERS} is not sound: {reason_of(error)}") from error
        for name in [*self._own, *found]:
            if name not in found:
                raise BadInputError(f"{ANSWERS} is not sound: {name} does not apply; take the line away")
            if name not in self._own:
                raise BadInputError(f"{ANSWERS} is not sound: it has no answer to {name}")
            if spelled(found[name]) != spelled(self._own[name]):
                raise BadInputError(f"{ANSWERS} is not sound: {self._refusal({}, name)}")

    def answer(self, changes: Mapping[str, object]) -> dict[str, object]:
        """Return all answers with these changes.

        Raises:
            BadInputError: they make no sense; the text says why, and what else must change.

        """
        check_answers(changes, self.questions)
        try:
            answers = self._compatible(changes)
        except BadInputError as error:
            raise BadInputError(f"{error}{self._remedies(changes)}") from error
        for name in changes:
            if name not in answers:
                raise BadInputError(f"{name} does not apply with the other answers")
        return answers

    def new_answers(self, changes: Mapping[str, object]) -> dict[str, object]:
        """Return the answers to questions that the service was never asked, after these changes."""
        answers = self.answer(changes)
        return {
            name: value for name, value in answers.items() if name not in self._own and name not in changes
        }

    def text(self, path: str) -> str:
        """Return a file of the template's repository; nothing if it is not there."""
        file = self._worker.template.local_abspath / path
        return file.read_text(encoding="utf-8") if file.is_file() else ""

    def current(self, name: str) -> str | None:
        """Return the service's answer as it is written after `name=`, None if there is none."""
        return spelled(self._own[name]) if name in self._own else None

    def question(self, name: str) -> Question:
        """Return a question that a person is asked.

        Raises:
            BadInputError: there is none of this name.

        """
        asked = [known for known, question in self.questions.items() if not question.computed]
        if name not in asked:
            raise BadInputError(f"there is no question {name!r}{instead(name, asked)}")
        return self.questions[name]

    def _compatible(self, changes: Mapping[str, object]) -> dict[str, object]:
        """Return all answers with these changes; refuse changes with which another answer cannot stay."""
        try:
            answers = self._ask(changes)
        except ValueError as error:
            raise BadInputError(reason_of(error, changes)) from error
        for name, value in self._own.items():
            if name not in changes and name in answers and answers[name] != value:
                raise BadInputError(self._refusal(changes, name))
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
        return f"{name}={spelled(self._own[name])} is not an answer that the template takes"

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
        """Return the answers that Copier would remember; raises its ValueError where it takes none."""
        self._worker.subproject.__dict__["last_answers"] = dict(self._own)
        self._worker.data = dict(changes)
        self._worker._ask()  # noqa: SLF001 (the whole of Copier's update would write as well)
        remembered = self._worker._answers_to_remember()  # noqa: SLF001 (likewise)
        return {name: value for name, value in remembered.items() if not name.startswith("_")}


@contextmanager
def opened_template(service: Service, version: str | None, copies: Copies) -> Iterator[Template]:
    """Open a version of a service's template.

    Args:
        service: the service.
        version: a tag or a commit; None for the newest.
        copies: where its copy is kept for others.

    Yields:
        The template.

    Raises:
        BadInputError: the template or the version cannot be had.

    """
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
        raise BadInputError(
            f"{where} is not there, or is no Git repository; if it has moved: trellis move ADDRESS"
        )
    try:
        return Template(worker, service)
    except ProcessExecutionError as error:
        raise BadInputError(f"{where} cannot be had: {_last_line(error.stderr)}") from error
    except (CopierError, OSError) as error:
        raise BadInputError(f"{where} cannot be read: {reason_of(error)}") from error
    except ValueError as error:
        raise BadInputError(f"{where} has no version {version}") from error


def _last_line(text: str) -> str:
    lines = text.strip().splitlines()
    return lines[-1] if lines else "git says nothing"
