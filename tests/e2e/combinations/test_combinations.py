"""Every combination that can be answered is proven."""

import pytest

from tests.e2e.combinations.conftest import Show
from trellis.proof.checks.all_checks import CHECKS
from trellis.proof.checks.runner import Check
from trellis.proof.proof import Proof
from trellis.proof.reports.report import Part

pytestmark = pytest.mark.combinations


def assert_proven(part: Part) -> None:
    assert part.runs == part.cases > 0
    if part.failures:
        pytest.fail("\n\n".join(map(str, part.failures)), pytrace=False)


def test_copier_writes_the_trees_that_are_tested(proof: Proof, shown: Show) -> None:
    assert_proven(shown(proof.rendering))


def test_refused_answers_are_refused_with_their_reason(proof: Proof, shown: Show) -> None:
    assert_proven(shown(proof.refusals))


@pytest.mark.parametrize("check", CHECKS, ids=[check.name for check in CHECKS])
def test_every_tree_passes_the_check(check: Check, proof: Proof, shown: Show) -> None:
    assert_proven(shown(lambda: proof.check(check)))


def test_every_suite_passes(proof: Proof, shown: Show) -> None:
    assert_proven(shown(proof.suites))


def test_every_answer_of_a_service_is_in_its_document(proof: Proof, shown: Show) -> None:
    assert_proven(shown(proof.fuzz))


def test_covering_set_passes_in_environments_of_its_own(proof: Proof, shown: Show) -> None:
    assert_proven(shown(proof.installation))
