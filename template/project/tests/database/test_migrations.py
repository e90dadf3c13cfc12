import uuid
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from enum import Enum
from pathlib import Path
from typing import Any, Literal

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import CheckConstraint, Engine, ForeignKey, Index, false, func, inspect
from sqlalchemy.orm import Mapped, Session, mapped_column

from app.config import Settings
from app.database.base import Base


class Mood(Enum):
    """How a visitor was."""

    GOOD = "good"
    BAD = "bad"


@pytest.fixture
def visit_model() -> Iterator[type[Any]]:
    """Give a model such as you write, and forget it again."""

    class Visit(Base):
        """A visit."""

        __tablename__ = "visits"
        __table_args__ = (
            CheckConstraint("spent >= 0", name="spent_not_negative"),
            Index(None, "mood", "came_at"),
        )

        id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid.uuid4)
        number: Mapped[int] = mapped_column(unique=True)
        came_at: Mapped[datetime] = mapped_column(server_default=func.now())
        day: Mapped[date]
        stayed: Mapped[timedelta]
        spent: Mapped[Decimal]
        mood: Mapped[Mood]
        kind: Mapped[Literal["first", "later"]]
        details: Mapped[dict[str, Any] | None]
        tags: Mapped[list[str]]
        photo: Mapped[bytes]
        paid: Mapped[bool] = mapped_column(server_default=false())
        earlier_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("visits.id"))

    yield Visit
    Base.metadata.remove(Base.metadata.tables["visits"])


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


def test_generated_migration_runs_as_it_is_and_keeps_every_value(
    engine: Engine, settings: Settings, visit_model: type[Any], tmp_path: Path
) -> None:
    config = Config(toml_file="pyproject.toml", attributes={"settings": settings})
    config.set_main_option("version_locations", f"migrations/versions\n{tmp_path}")
    config.set_main_option("path_separator", "newline")
    command.revision(config, "Add visits", autogenerate=True, version_path=str(tmp_path))
    [migration] = tmp_path.glob("*_add_visits.py")
    assert "app." not in migration.read_text("utf-8")
    command.upgrade(config, "head")
    command.check(config)
    values = {
        "number": 1,
        "came_at": datetime(2026, 10, 25, 2, 30, 0, 123456, tzinfo=UTC),
        "day": date(2026, 10, 25),
        "stayed": timedelta(hours=1, microseconds=1),
        "spent": Decimal("9999999999.99"),
        "mood": Mood.GOOD,
        "kind": "first",
        "details": {"é": [1, 2.5, None]},
        "tags": ["a", "b"],
        "photo": b"\0\xff",
        "paid": True,
        "earlier_id": None,
    }
    with Session(engine) as session:
        session.add(visit := visit_model(**values))
        session.commit()
        session.refresh(visit)
        assert {name: getattr(visit, name) for name in values} == values
    command.downgrade(config, "-1")
    assert "visits" not in inspect(engine).get_table_names()
