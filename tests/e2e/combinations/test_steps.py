"""Every step between two combinations is proven, with the edits of a user as well."""

import sys
from pathlib import Path

import pytest

from tests.e2e.combinations.conftest import Show
from tests.e2e.combinations.test_combinations import assert_proven
from trellis.lifecycle.forward_migrations import Added
from trellis.proof.environments.shared import cache_folder
from trellis.proof.proof import Proof
from trellis.proof.reports.progress import Display
from trellis.proof.settings import Settings
from trellis.proof.steps.journeys import make_journey, travels_of
from trellis.proof.steps.proof import StepsProof
from trellis.rendering.renderer import Renderer
from trellis.rendering.source import Source
from trellis.template_source import template_root

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


def test_migration_that_is_missing_is_found(
    steps: StepsProof, monkeypatch: pytest.MonkeyPatch, source: Source, tmp_path: Path
) -> None:
    def go_nowhere(*_: object) -> Added:
        return Added({})

    monkeypatch.setattr("trellis.proof.steps.data.go_forward", go_nowhere)
    journey = next(one for one in steps.journeys if one.database == "sqlite" and one.steps == 1)
    [travel] = travels_of([journey], Renderer(source), tmp_path, steps.edited.environment, {})
    assert "check fails" in str(make_journey(travel).problem)


@pytest.mark.parametrize("name", ["lint", "types"])
def test_edited_services_pass_the_check(steps: StepsProof, shown: Show, name: str) -> None:
    [check] = [check for check in steps.checks if check.name == name]
    assert_proven(shown(lambda: steps.edited.check(check)))


def test_suites_of_edited_services_pass(steps: StepsProof, shown: Show) -> None:
    assert_proven(shown(steps.edited.suites))
