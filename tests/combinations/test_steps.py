"""Every step between two combinations is proven, with the edits of a user as well."""

import sys

import pytest

from tests.combinations.conftest import Show
from tests.combinations.test_combinations import assert_proven
from trellis.proof.environment import cache_folder
from trellis.proof.progress import Display
from trellis.proof.proof import Proof, Settings
from trellis.proof.source import Source
from trellis.proof.steps import StepsProof
from trellis.template import template_root

pytestmark = pytest.mark.combinations


@pytest.fixture(scope="module")
def steps(source: Source, proof: Proof, servers: dict[str, str]) -> StepsProof:
    """Return the proof of the steps that begin or end in a covering set of combinations."""
    cache = cache_folder(template_root())
    settings = Settings(cache=cache, covering=True, brief=True, servers=servers)
    return StepsProof(source, settings, Display(sys.__stderr__ or sys.stderr), proof.found)


def test_step_gives_the_service_that_is_made_afresh_with_the_users_edits(
    steps: StepsProof, shown: Show
) -> None:
    assert_proven(shown(steps.steps))


def test_no_step_collides_with_a_typical_edit(steps: StepsProof, shown: Show) -> None:
    assert_proven(shown(steps.edits))


def test_step_keeps_the_rows_and_gives_the_schema_that_is_made_afresh(steps: StepsProof, shown: Show) -> None:
    assert_proven(shown(steps.data))


@pytest.mark.parametrize("name", ["lint", "types"])
def test_edited_services_pass_the_check(steps: StepsProof, shown: Show, name: str) -> None:
    [check] = [check for check in steps.checks if check.name == name]
    assert_proven(shown(lambda: steps.edited.check(check)))


def test_suites_of_edited_services_pass(steps: StepsProof, shown: Show) -> None:
    assert_proven(shown(steps.edited.suites))
