import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import Engine, inspect

from app.database.base import Base


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
