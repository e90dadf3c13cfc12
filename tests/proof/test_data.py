"""The proof of data finds the ways between all schemas, and rows that are missing."""

import itertools

import pytest

from trellis.proof.steps.data import kept_rows
from trellis.proof.steps.databases import DataError
from trellis.proof.steps.journeys import circuit

ITEMS = {"columns": {"id": "INTEGER", "owner": "INTEGER"}}
LOOK = {
    "schema": {"items": ITEMS, "users": {"columns": {"id": "INTEGER"}}},
    "rows": {"items": [{"id": "1", "owner": "7"}, {"id": "2", "owner": "8"}], "users": [{"id": "7"}]},
}


@pytest.mark.parametrize("length", range(6))
def test_circuit_goes_once_from_each_to_each_other(length: int) -> None:
    nodes = [str(number) for number in range(length)]
    steps = list(itertools.pairwise(circuit(nodes)))
    assert sorted(steps) == sorted(itertools.permutations(nodes, 2))


def test_rows_are_counted_in_tables_that_stay() -> None:
    after = {"schema": {"items": ITEMS}, "rows": {"items": LOOK["rows"]["items"]}}
    assert kept_rows(LOOK, LOOK, [], "step") == (3, 3)
    assert kept_rows(LOOK, after, [], "step") == (2, 2)


def changed(owner: str) -> dict[str, object]:
    rows = [{"id": "1", "owner": "7"}, {"id": "2", "owner": owner}]
    return {**LOOK, "rows": {**LOOK["rows"], "items": rows}}


def test_row_that_is_missing_or_changed_is_named() -> None:
    with pytest.raises(DataError, match="step: rows of items are missing"):
        kept_rows(LOOK, changed("None"), [], "step")
    with pytest.raises(DataError, match="step: rows of users are missing"):
        kept_rows(LOOK, {**LOOK, "rows": {**LOOK["rows"], "users": []}}, [], "step")


def test_value_that_the_step_names_as_lost_may_change() -> None:
    lost = ["those values of items.owner that users does not have"]
    assert kept_rows(LOOK, changed("None"), lost, "step") == (3, 3)
