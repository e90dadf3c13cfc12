"""A step to another database names the command that makes its tables, and where the rows stay."""

import json
import shutil
from pathlib import Path

import pytest

from tests.living.conftest import Make, Trellis, release
from trellis.template import template_root


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
