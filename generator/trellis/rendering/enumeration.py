"""Finds every valid combination of answers, and every refused one with its reason."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from copier.errors import CopierError
from jinja2 import TemplateError

from trellis.errors import BadInputError
from trellis.rendering.memo import Memo
from trellis.rendering.memory import uncollected
from trellis.rendering.source import Source, is_missing

if TYPE_CHECKING:
    from trellis.copier_internals import Question
from trellis.rendering.combinations import Answer, BadTemplateError, Combination, Combinations, Refusal


@dataclass(frozen=True)
class _Options:
    """The possible answers to one question."""

    allowed: tuple[Answer | None, ...] = ()
    refused: tuple[Refusal, ...] = ()
    loose: tuple[Refusal, ...] = ()
    """Answers that Copier accepts although the question does not apply: two names for one service."""


@uncollected()
def find_combinations(source: Source, wanted: Mapping[str, str] | None = None) -> Combinations:
    """Compute all combinations from the template's questions.

    Args:
        source: the template.
        wanted: answers that the combinations must have, as written after `--set`.

    Returns:
        The valid combinations, in the order of the choices, and the refusals.

    Raises:
        BadInputError: no combination has the wanted answers.
        BadTemplateError: a question could not be evaluated.

    """
    wanted = wanted or {}
    _check_names(source, wanted)
    positions = {name: position for position, name in enumerate(source.questions)}
    states, refused = [Combination((), positions)], 0
    options: list[Memo[Combination, _Options]] = []
    for name in source.questions:
        memo = Memo(_Asking(source, name, wanted.get(name)).options)
        options.append(memo)
        following = []
        for state in states:
            found = memo(state)
            refused += len(found.refused)
            following.extend(state.with_answer(answer) for answer in found.allowed)
        if not following:
            raise BadInputError(_nothing_left(name, wanted, memo))
        states = following
    return Combinations(
        valid=states,
        refusals=[refusal for memo in options for found in memo for refusal in found.refused],
        loose=[refusal for memo in options for found in memo for refusal in found.loose],
        refused=refused,
        reads={name: memo.names for name, memo in zip(source.questions, options, strict=True)},
    )


def _check_names(source: Source, wanted: Mapping[str, str]) -> None:
    for name in wanted:
        if name not in source.questions:
            known = ", ".join(
                key for key, details in source.questions.items() if details.get("when") is not False
            )
            raise BadInputError(f"there is no question {name!r}; allowed: {known}")


def _nothing_left(name: str, wanted: Mapping[str, str], memo: Memo[Combination, _Options]) -> str:
    reasons = {refusal.reason for options in memo for refusal in options.refused}
    return f"no combination has {name}={wanted.get(name, '…')}: {'; '.join(sorted(reasons))}"


class _Asking:
    """The possible answers to one question."""

    def __init__(self, source: Source, name: str, wanted: str | None) -> None:
        self._source = source
        self._name = name
        self._wanted = wanted

    def options(self, before: Combination) -> tuple[_Options, list[str]]:
        """Return the possible answers after these answers, and the names that they depend on."""
        reads: list[str] = []
        question = self._source.question(self._name, before.values, reads)
        try:
            return self._options(question, before), reads
        except (CopierError, TemplateError, ValueError, KeyError) as error:
            raise BadTemplateError(f"question {self._name!r} fails after {before}: {error}") from error

    def _options(self, question: "Question", before: Combination) -> _Options:
        choices = _choices(question)
        if not question.get_when():
            return self._not_asked(question, before, choices)
        if not choices:
            return self._free(question, before)
        allowed: list[Answer] = []
        refused: list[Refusal] = []
        default = _default(question)
        for value in self._narrowed(question, choices):
            reason = _refusal(question, value)
            if reason is None:
                allowed.append(self._answer(value, asked=True, varies=True, default=value == default))
            else:
                refused.append(Refusal(before, self._name, value, reason))
        return _Options(tuple(sorted(allowed, key=lambda answer: not answer.default)), tuple(refused))

    def _not_asked(self, question: "Question", before: Combination, choices: list[object]) -> _Options:
        value = question.get_default()
        refused: list[Refusal] = []
        loose: list[Refusal] = []
        if self._source.questions[self._name].get("when") is not False:
            for other in (choice for choice in choices if choice != value):
                reason = _refusal(question, other)
                where = loose if reason is None else refused
                where.append(
                    Refusal(before, self._name, other, reason or "accepted although it does not apply")
                )
        if self._wanted is not None and question.cast_answer(self._wanted) != value:
            return _Options((), tuple(refused), tuple(loose))
        answer = None if is_missing(value) else self._answer(value, varies=bool(choices))
        return _Options((answer,), tuple(refused), tuple(loose))

    def _free(self, question: "Question", before: Combination) -> _Options:
        default = _default(question)
        value = default if self._wanted is None else question.cast_answer(self._wanted)
        if is_missing(value):
            raise ValueError("it has neither choices nor a default")
        reason = _refusal(question, value)
        if reason is None:
            return _Options((self._answer(value, asked=True, default=value == default),))
        return _Options((), (Refusal(before, self._name, value, reason),))

    def _narrowed(self, question: "Question", choices: list[object]) -> list[object]:
        if self._wanted is None:
            return choices
        try:
            value = question.cast_answer(self._wanted)
        except (ValueError, CopierError):
            value = self._wanted
        return [value]

    def _answer(
        self, value: object, *, asked: bool = False, varies: bool = False, default: bool = True
    ) -> Answer:
        return Answer(self._name, value, repr(value), asked, varies, default)


def _choices(question: "Question") -> list[object]:
    if question.multiselect:
        raise ValueError("the proof does not support questions with several answers")
    if question.choices:
        return [question.cast_answer(choice.value) for choice in question._formatted_choices]  # noqa: SLF001
    return [False, True] if question.get_type_name() == "bool" else []


def _default(question: "Question") -> object:
    """Return the default; if it is refused itself, a value that equals no answer."""
    try:
        return question.get_default()
    except ValueError:
        return NotImplemented


def _refusal(question: "Question", value: object) -> str | None:
    try:
        question.validate_answer(question.parse_answer(value))
    except ValueError as error:
        return str(error)
    return None


class Completion:
    """Finds the combination with given answers and the defaults for all others.

    Args:
        source: the template.

    """

    def __init__(self, source: Source) -> None:
        self._positions = {name: position for position, name in enumerate(source.questions)}

        @cache
        def asking(name: str, wanted: str | None) -> Memo[Combination, _Options]:
            return Memo(_Asking(source, name, wanted).options)

        self._asking = asking

    def of(self, wanted: Mapping[str, str]) -> Combination | None:
        """Return the combination with these answers, as written after `--set`; None if one is refused."""
        found = Combination((), self._positions)
        for name in self._positions:
            allowed = self._asking(name, wanted.get(name))(found).allowed
            if not allowed:
                return None
            found = found.with_answer(allowed[0])
        return found


class Neighbours:
    """Finds the combinations that differ in one answer from a given one.

    Args:
        source: the template.

    """

    def __init__(self, source: Source) -> None:
        self._positions = {name: position for position, name in enumerate(source.questions)}
        self._options = {name: Memo(_Asking(source, name, None).options) for name in source.questions}

    def of(self, combination: Combination) -> list[Combination]:
        """Return the valid combinations with one different answer.

        Further questions that then apply get their defaults.
        """
        answers = [
            answer
            for name, value in combination.choices.items()
            for answer in self._options[name](self._before(combination, name)).allowed
            if answer and answer.value != value
        ]
        found = [self._with(combination, answer) for answer in answers]
        return [neighbour for neighbour in found if neighbour]

    def _before(self, combination: Combination, name: str) -> Combination:
        return Combination(combination.answers[: self._positions[name]], self._positions)

    def _with(self, combination: Combination, changed: Answer) -> Combination | None:
        """Return the combination with another answer; None if this excludes a later answer."""
        found = self._before(combination, changed.name).with_answer(changed)
        for name, options in list(self._options.items())[len(found.answers) :]:
            allowed, old = options(found).allowed, combination[name]
            if not allowed:
                return None
            answer = allowed[0]
            if answer and answer.asked and old and old.asked:
                answer = next((other for other in allowed if other and other.mark == old.mark), None)
                if answer is None:
                    return None
            found = found.with_answer(answer)
        return found
