from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.proof.conftest import TEMPLATE
from trellis.errors import BadInputError
from trellis.proof.covering import covering_set, pairs
from trellis.rendering.combinations import BadTemplateError
from trellis.rendering.enumeration import find_combinations
from trellis.rendering.source import Source, opened

Change = Callable[[str, str, str], None]


@pytest.fixture
def source() -> Iterator[Source]:
    with opened(TEMPLATE) as opened_template:
        yield opened_template


def names(source: Source, **wanted: str) -> list[str]:
    return [str(combination) for combination in find_combinations(source, wanted).valid]


def test_every_valid_combination_is_found_once(source: Source) -> None:
    assert names(source) == [
        "all defaults",
        "store=file",
        "store=file store_style=careful",
        "store=memory",
        "loud=true",
        "loud=true store=file",
        "loud=true store=file store_style=careful",
    ]


def test_question_that_does_not_apply_has_its_default(source: Source) -> None:
    combination = find_combinations(source).valid[0]
    assert combination.values["store_style"] == "plain"
    assert combination.choices == {"loud": False, "store": "none"}


def test_hidden_answers_are_computed(source: Source) -> None:
    values = {str(combination): combination.values for combination in find_combinations(source).valid}
    assert values["all defaults"]["keeps"] is False
    assert values["store=file"]["requirements"] == ["platformdirs>=4.14"]


def test_refusals_come_with_copiers_reason(source: Source) -> None:
    found = find_combinations(source)
    assert {(str(refusal.data), refusal.reason) for refusal in found.refusals} == {
        (
            "{'loud': True, 'store': 'memory'}",
            "Invalid choice for 'store': does not go with loud=true",
        ),
        (
            "{'store_style': 'careful'}",
            "Invalid choice for 'store_style': needs store=file",
        ),
        (
            "{'store': 'memory', 'store_style': 'careful'}",
            "Invalid choice for 'store_style': needs store=file",
        ),
    }


def test_combinations_are_narrowed_to_wanted_answers(source: Source) -> None:
    assert names(source, store="file", loud="yes") == [
        "loud=true store=file",
        "loud=true store=file store_style=careful",
    ]
    assert names(source, store_style="plain", loud="false") == ["all defaults", "store=file", "store=memory"]


def test_free_text_may_be_wanted_too(source: Source) -> None:
    assert names(source, project_name="Greeter", store="none", loud="false") == ["project_name=Greeter"]


@pytest.mark.parametrize(
    ("wanted", "message"),
    [
        ({"shop": "x"}, r"no question 'shop'; allowed: project_name, loud, store, store_style$"),
        (
            {"store": "cloud"},
            r"store=cloud: Invalid choice for 'store': 'cloud' is not in \['none', 'file', 'memory'\]",
        ),
        ({"store": "memory", "loud": "true"}, "does not go with loud=true"),
        ({"project_name": "a\nb"}, "one line"),
    ],
)
def test_wanted_answers_that_nothing_has_are_explained(
    source: Source, wanted: dict[str, str], message: str
) -> None:
    with pytest.raises(BadInputError, match=message):
        find_combinations(source, wanted)


def test_question_that_cannot_be_evaluated_is_named(template: Path, change: Change) -> None:
    change("template/features/store/feature.yml", "store != 'none'", "shop != 'none'")
    with (
        opened(template) as source,
        pytest.raises(BadTemplateError, match="'keeps' fails after all defaults: 'shop'"),
    ):
        find_combinations(source)


def test_covering_set_has_every_pair_that_there_is(source: Source) -> None:
    combinations = find_combinations(source).valid
    chosen = covering_set(combinations)
    assert {pair for one in chosen for pair in pairs(one)} == {
        pair for one in combinations for pair in pairs(one)
    }
    assert len(chosen) < len(combinations) or len(combinations) == 7
    assert chosen == covering_set(combinations)


def test_covering_set_of_many_questions_is_small(tmp_path: Path) -> None:
    questions = [f"q{number}: {{type: str, choices: [a, b, c], default: a}}\n" for number in range(7)]
    (tmp_path / "copier.yml").write_text("_subdirectory: template/project\n" + "".join(questions))
    (tmp_path / "template/project").mkdir(parents=True)
    with opened(tmp_path) as source:
        combinations = find_combinations(source).valid
    assert len(combinations) == 3**7
    assert len(covering_set(combinations)) <= 20
