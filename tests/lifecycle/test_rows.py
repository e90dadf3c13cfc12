"""Steps between databases: where the rows stay, which command makes the tables, whose the migrations are."""

import json
import shutil
from pathlib import Path

import pytest

from tests.lifecycle.conftest import Make, Trellis, commit, release
from trellis.template_source import template_root


@pytest.fixture
def template(tmp_path: Path, somebody: None) -> Path:  # noqa: ARG001 (who commits)
    """Return Trellis's own template, in a version."""
    template = tmp_path / "trellis"
    template.mkdir()
    shutil.copy(template_root() / "copier.yml", template)
    shutil.copytree(template_root() / "template", template / "template")
    release(template, "v1.0.0")
    return template


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("sqlite", "postgresql", ("DATABASE_PATH", "uv run -m dev --run alembic upgrade head")),
        ("postgresql", "sqlite", ("DATABASE_URL", "uv run alembic upgrade head")),
    ],
)
def test_another_database_gets_its_tables(
    make: Make, trellis: Trellis, old: str, new: str, said: tuple[str, str]
) -> None:
    place, upgrade = said
    result = trellis("switch", f"database={new}", "--json", "--dry-run", service=make(database=old))
    assert result.exit_code == 0, result.output
    outcome = json.loads(result.stdout)
    assert upgrade in outcome["next"]
    [warning] = [line for line in outcome["warnings"] if "your rows stay" in line]
    assert place in warning


def test_migration_that_follows_one_of_the_users_is_not_changed_by_the_user(
    make: Make, trellis: Trellis
) -> None:
    service = make(database="sqlite")
    own = service / "migrations" / "versions" / "abc_create_orders.py"
    own.write_text('revision = "abc"\ndown_revision = "0001"\n\n\ndef upgrade() -> None:\n    pass\n')
    commit(service)
    assert trellis("add", "auth=oidc", service=service).exit_code == 0
    added = next((service / "migrations" / "versions").glob("*_oidc_*.py"))
    assert 'down_revision = "abc"' in added.read_text()
    assert json.loads(trellis("status", "--json", service=service).stdout)["changed"] == []
