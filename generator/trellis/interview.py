"""Asks the template's questions."""

from collections.abc import Callable, Collection, Mapping
from typing import TYPE_CHECKING, Any

import typer
from copier.errors import CopierError
from questionary import unsafe_prompt

from trellis.answers import reason_of, spelled
from trellis.copier_internals import MISSING, AnswersMap, SettingsModel
from trellis.copier_internals import Question as Asked
from trellis.errors import BadInputError
from trellis.questions import as_questions

if TYPE_CHECKING:
    from trellis.copier_internals import Worker

Answers = dict[str, Any]


class Interview:
    """Asks the questions of a template, and knows which answers go together.

    Copier checks each answer against the ones before it. Here an answer that was given for a later question
    excludes choices of the earlier questions, too.

    Args:
        worker: Copier, opened on the template.

    """

    def __init__(self, worker: "Worker") -> None:
        self._worker = worker
        self._details: Mapping[str, Mapping[str, Any]] = worker.template.questions_data
        self._questions = as_questions(self._details)

    def check(self, given: Mapping[str, object]) -> None:
        """Refuse answers that are invalid with any other answers.

        Raises:
            BadInputError: gives the reason for the first one.

        """
        for name, value in given.items():
            if reason := self.reason(name, value, given):
                raise BadInputError(reason, code="invalid_answer")

    def reason(self, name: str, value: object, others: Mapping[str, object]) -> str:
        """Return why an answer does not go with others; empty if it does, or if other answers decide."""
        try:
            question = self._asked(name, AnswersMap(user=self._cast({**others, name: value})))
            reason = str(question.render_value(self._questions[name].rule(spelled(value)))).strip()
        except (ValueError, TypeError) as error:
            return f"{name}: {reason_of(error)}"
        except CopierError:  # the rule reads answers that are not known yet
            return ""
        if not reason:
            return ""
        return f"{name}={spelled(value)} {reason}" if self._questions[name].choices else f"{name}: {reason}"

    def ask(
        self,
        kept: Mapping[str, object],
        *,
        fixed: Mapping[str, object] | None = None,
        again: Collection[str] = (),
    ) -> Answers:
        """Ask all questions that apply and have no answer yet.

        Args:
            kept: answers to keep; those that do not go with the ones before them are asked again. Defaults
                may read the answers to former questions.
            fixed: later answers that disable choices of the questions before them.
            again: questions to ask again.

        Returns:
            The answers in the order of asking.

        Raises:
            BadInputError: no choice goes with the fixed answers.
            KeyboardInterrupt: the user stops.

        """
        former = {name: value for name, value in kept.items() if name not in self._details}
        answers = AnswersMap(user_defaults=self._worker.user_defaults, last=former)
        for name in self._details:
            question = self._asked(name, answers)
            if not question.get_when():
                answers.hide(name)
                if (value := question.get_default()) is not MISSING:
                    answers.user[name] = value
                continue
            if name in kept:
                self._keep(question, kept[name])
            if name in answers.last and name not in again:
                answers.user[name] = answers.last[name]
            else:
                later = {
                    other: value
                    for other, value in (fixed or {}).items()
                    if other in self._details and other not in answers.user and other != name
                }
                answers.user[name] = self._answer(question, later)
        return _given(answers)

    def changes(self, answers: Mapping[str, object]) -> Answers:
        """Return the answers that `--defaults` would not give, here or on another machine."""
        known = AnswersMap()
        found: Answers = {}
        for name in self._details:
            question = self._asked(name, known)
            question.settings = SettingsModel()
            default = _default(question)
            if name in answers:
                question.settings = self._worker.settings
                known.user_defaults = self._worker.user_defaults
                if default != answers[name] or _default(question) != answers[name]:
                    found[name] = answers[name]
                known.user_defaults = {}
            if (value := answers.get(name, default)) is not MISSING:
                known.user[name] = value
        return found

    def _keep(self, question: Asked, value: object) -> None:
        name = question.var_name
        try:
            answer = question.parse_answer(value)
            question.validate_answer(answer)
        except ValueError as error:
            typer.echo(reason_of(error, {name: value}))
        else:
            question.answers.last[name] = answer

    def _answer(self, question: Asked, later: Mapping[str, object]) -> object:
        """Ask one question, without the choices that do not go with answers to later ones."""
        choices = question._formatted_choices  # noqa: SLF001 (Copier shows why a choice is disabled)
        for choice in choices:
            answer = {question.var_name: choice.value}
            choice.disabled = choice.disabled or self._exclusion(
                {**_given(question.answers), **answer}, later
            )
        possible = [choice.value for choice in choices if not choice.disabled]
        if choices and not possible:
            with_them = " and ".join(f"{name}={spelled(value)}" for name, value in later.items())
            raise BadInputError(f"no {question.var_name} goes with {with_them}", code="invalid_answer")
        if _default(question) is MISSING:
            question.settings = SettingsModel()
            if _default(question) is MISSING and possible:
                question.default = possible[0]
        structure = question.get_questionary_structure()
        if validate := structure.get("validate"):
            structure["validate"] = _shortened(validate)
        try:
            return unsafe_prompt([structure])[question.var_name]
        except EOFError as error:
            raise KeyboardInterrupt from error

    def _exclusion(self, answers: Mapping[str, object], later: Mapping[str, object]) -> str:
        for name, value in later.items():
            if self.reason(name, value, {**later, **answers}):
                return f"not with {name}={spelled(value)}"
        return ""

    def _cast(self, answers: Mapping[str, object]) -> Answers:
        return {name: self._asked(name, AnswersMap()).cast_answer(value) for name, value in answers.items()}

    def _asked(self, name: str, answers: AnswersMap) -> Asked:
        answers.metadata = self._worker.template.metadata
        self._worker.answers = answers
        return Asked(
            var_name=name,
            answers=answers,
            context=self._worker._render_context(),  # noqa: SLF001 (Copier's own way to ask)
            jinja_env=self._worker.jinja_env,
            settings=self._worker.settings,
            **self._details[name],
        )


def _shortened(validate: Callable[[str], str | bool]) -> Callable[[str], str | bool]:
    """Return Copier's validator without Copier's own words in its messages."""

    def shortened(text: str) -> str | bool:
        said = validate(text)
        return said is True or reason_of(said)

    return shortened


def _given(answers: AnswersMap) -> Answers:
    """Return the answers to the questions that apply."""
    return {name: value for name, value in answers.user.items() if name not in answers.hidden}


def _default(question: Asked) -> object:
    """Return the default; MISSING if it does not go with the other answers."""
    try:
        return question.get_default()
    except ValueError:
        return MISSING
