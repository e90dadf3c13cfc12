"""Answers that do not go together cannot be chosen on a terminal, whichever of them comes first."""

import itertools
import operator
import re
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.cli.prompts import ASKED, PROGRAMS, TYPED, all_but, by_copier, by_trellis
from tests.terminal import COLUMNS, CTRL_C, DOWN, Terminal
from trellis.answers import spelled
from trellis.errors import BadInputError
from trellis.questions import load_questions
from trellis.rendering.enumeration import find_combinations
from trellis.rendering.source import Source, opened
from trellis.template_source import template_root

pytestmark = pytest.mark.combinations

Program = Callable[..., Terminal]
Answers = Mapping[str, str]

CHOSEN = {name: question for name, question in ASKED.items() if question.choices}


@dataclass(frozen=True)
class Pair:
    """Two answers that no service has together, the one that is asked for first before the other.

    Args:
        first: the question that is asked first.
        answer: its answer.
        second: the later question.
        choice: what is refused there.
        others: answers to the other questions, with which only these two are in the way.
        reason: why it is refused; nothing if the second question is not asked then.

    """

    first: str
    answer: str
    second: str
    choice: str
    others: Answers
    reason: str

    @property
    def given(self) -> list[str]:
        """Options that answer all questions but the two of the pair, and the last one."""
        texts = {name: TYPED.get(name, ASKED[name].default) for name in ASKED.keys() - CHOSEN.keys()}
        left = {self.first, self.second, "ci"}
        found = {**texts, **DEFAULTS, **self.others}
        return [f"--set={name}={value}" for name, value in found.items() if name not in left]


def rules() -> str:
    """Return all that decides about choices, as Jinja."""
    whens = [str(question.details.get("when", "")) for question in CHOSEN.values()]
    return " ".join([*whens, *(q.rule(choice) for q in CHOSEN.values() for choice in q.choices)])


DEFAULTS = {name: question.default for name, question in CHOSEN.items() if name != "database_style"}
FREE = {
    name: question.default
    for name, question in CHOSEN.items()
    if not re.search(rf"\b{name}\b", rules()) and not any(map(question.rule, question.choices))
}
"""Questions about which no rule says anything: one answer to them will do."""


def find_pairs(source: Source) -> Iterator[Pair]:
    valid = [
        {name: spelled(value) for name, value in combination.choices.items()}
        for combination in find_combinations(source, FREE).valid
    ]
    met = {pair for one in valid for pair in itertools.combinations(one.items(), 2)}
    for first, second in itertools.combinations([name for name in CHOSEN if name not in FREE], 2):
        for answer in CHOSEN[first].choices:
            for choice in CHOSEN[second].choices:
                if ((first, answer), (second, choice)) not in met:
                    others = surroundings(valid, first, answer, second, choice)
                    reason = reason_for(source, {**others, first: answer, second: choice})
                    asked = any(one.get(first) == answer and second in one for one in valid)
                    yield Pair(first, answer, second, choice, others, reason if asked else "")


def surroundings(
    valid: Sequence[Answers], first: str, answer: str, second: str, choice: str
) -> dict[str, str]:
    """Return the answers before the second question with which it is the first answer that is in the way."""
    before = list(CHOSEN)[: list(CHOSEN).index(second)]
    with_first = {tuple(map(one.get, before)) for one in valid if one.get(first) == answer}
    with_second = {tuple(map(one.get, before)) for one in valid if one.get(second) == choice}
    nearest, _ = min(
        itertools.product(with_first, with_second),
        key=lambda two: (sum(map(operator.ne, *two)), str(two)),
    )
    return {name: value for name, value in zip(before, nearest, strict=True) if value is not None}


def reason_for(source: Source, wanted: Answers) -> str:
    try:
        find_combinations(source, {**FREE, **wanted})
    except BadInputError as error:
        return str(error).rpartition("': ")[2]
    return ""


@pytest.fixture(scope="module")
def pairs() -> list[Pair]:
    with opened(template_root()) as source:
        found = list(find_pairs(source))
    print(f"\n{len(found)} refused pairs of answers", file=sys.__stderr__)
    return found


def nothing_is_written(service: Path) -> bool:
    return list(service.parent.iterdir()) == []


def assert_disabled(terminal: Terminal, choice: str, reason: str) -> None:
    """Look that a choice of the list is shown with its reason, and that the cursor passes it by."""
    [shown] = [line for line in terminal.lines if line.startswith(f"   - {choice} ")]
    assert shown.endswith(f" ({reason})")
    assert len(shown) <= COLUMNS
    for _ in range(12):
        assert terminal.pointed
        assert terminal.pointed.split()[0] != choice
        terminal.press(DOWN)


@pytest.mark.parametrize("program", PROGRAMS.values(), ids=PROGRAMS)
def test_later_answer_that_does_not_go_with_an_earlier_one_cannot_be_chosen(
    pairs: list[Pair], template: Path, service: Path, program: Program
) -> None:
    assert len(pairs) >= 8
    for pair in pairs:
        terminal = program(template, service, *pair.given)
        terminal.wait_for(ASKED[pair.first].help)
        terminal.choose(f"{pair.answer} ")
        if pair.reason:
            terminal.wait_for(ASKED[pair.second].help)
            assert_disabled(terminal, pair.choice, pair.reason)
        else:
            terminal.wait_for(ASKED["ci"].help)
            assert ASKED[pair.second].help not in terminal.text
        terminal.press(CTRL_C)
        assert terminal.wait() == (130 if program is by_trellis else 1)
        assert nothing_is_written(service)


def test_earlier_answer_that_does_not_go_with_a_given_one_cannot_be_chosen(
    pairs: list[Pair], template: Path, service: Path
) -> None:
    for pair in pairs:
        given = [*pair.given, f"--set={pair.second}={pair.choice}"]
        terminal = by_trellis(template, service, *given)
        terminal.wait_for(ASKED[pair.first].help)
        if pair.reason:
            assert_disabled(terminal, pair.answer, f"not with {pair.second}={pair.choice}")
        terminal.press(CTRL_C)
        assert terminal.wait() == 130
        assert nothing_is_written(service)


def test_copier_writes_nothing_after_an_answer_that_does_not_go_with_a_given_one(
    pairs: list[Pair], template: Path, service: Path
) -> None:
    for pair in (pair for pair in pairs if pair.reason):
        terminal = by_copier(template, service, *pair.given, f"--set={pair.second}={pair.choice}")
        terminal.wait_for(ASKED[pair.first].help)
        terminal.choose(f"{pair.answer} ")
        assert terminal.wait() == 1
        assert pair.reason in terminal.text
        assert nothing_is_written(service)


@pytest.mark.parametrize("name", ASKED)
@pytest.mark.parametrize("program", PROGRAMS.values(), ids=PROGRAMS)
def test_interruption_at_a_question_leaves_nothing(
    template: Path, service: Path, program: Program, name: str
) -> None:
    given = all_but(name) if name != "database_style" else [*all_but("database"), "--set=database=sqlite"]
    terminal = program(template, service, *given)
    terminal.wait_for(ASKED[name].help)
    terminal.press(CTRL_C)
    assert terminal.wait() == (130 if program is by_trellis else 1)
    assert "topped" in terminal.text
    assert nothing_is_written(service)


@pytest.mark.parametrize("name", CHOSEN)
def test_choices_fit_a_line_and_each_has_its_own_rule(name: str) -> None:
    question = CHOSEN[name]
    assert max(len(label) for label in question.details.get("choices", [""])) <= COLUMNS - 5
    assert not question.details.get("validator"), "Copier does not validate what is chosen from a list"
    assert not question.rule(question.default), "the default must be valid whatever the other answers are"


def test_rules_read_what_is_answered_so_that_they_can_be_asked_early() -> None:
    computed = load_questions().keys() - ASKED.keys()
    read = re.findall(r"\w+", re.sub(r"'[^']*'", "", rules()))
    assert not computed.intersection(read)
