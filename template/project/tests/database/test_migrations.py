from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import Engine, inspect
from sqlalchemy.orm import Session

from app.config import Settings
from app.database.base import Base
from tests.database.visits import Visit, kept_values, values


def test_migrations_make_what_the_models_describe(engine: Engine, alembic_config: Config) -> None:
    command.check(alembic_config)


def test_migrations_can_be_undone(engine: Engine, alembic_config: Config) -> None:
    command.downgrade(alembic_config, "base")
    assert inspect(engine).get_table_names() == ["alembic_version"]
    command.upgrade(alembic_config, "head")
    assert set(inspect(engine).get_table_names()) == {"alembic_version", *Base.metadata.tables}


def test_migrations_can_be_printed_as_sql(
    alembic_config: Config, capsys: pytest.CaptureFixture[str]
) -> None:
    command.upgrade(alembic_config, "head", sql=True)
    assert "CREATE TABLE alembic_version" in capsys.readouterr().out


@pytest.mark.usefixtures("visits")
def test_generated_migration_runs_unchanged_and_keeps_every_value(
    engine: Engine, settings: Settings, tmp_path: Path
) -> None:
    config = Config(toml_file="pyproject.toml", attributes={"settings": settings})
    config.set_main_option("version_locations", f"migrations/versions\n{tmp_path}")
    config.set_main_option("path_separator", "newline")
    command.revision(config, "Add visits", autogenerate=True, version_path=str(tmp_path))
    [migration] = tmp_path.glob("*_add_visits.py")
    assert "app." not in migration.read_text("utf-8")
    command.upgrade(config, "head")
    command.check(config)
    with Session(engine) as session:
        session.add(visit := Visit(**values(1)))
        session.commit()
        session.refresh(visit)
        assert kept_values(visit) == values(1)
    command.downgrade(config, "-1")
    assert "visits" not in inspect(engine).get_table_names()
