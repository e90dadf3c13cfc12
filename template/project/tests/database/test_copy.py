from argparse import Namespace
from collections.abc import Callable
from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import Engine, NullPool, create_engine, func, insert, select, text
from sqlalchemy.orm import Session

from app.config import Settings
from app.database.base import Base
from migrations import copy
from tests.database.visits import Visit, kept_values, values

Prepare = Callable[[str], Engine]
SECRET = "hunter2"


@pytest.fixture
def prepare(settings: Settings, visits: None) -> Prepare:
    """Return a function that creates the tables in an empty database."""

    def prepared(url: str) -> Engine:
        engine = create_engine(url, poolclass=NullPool)
        Base.metadata.create_all(engine)
        options = Namespace(x=[f"url={url}"])
        config = Config(
            toml_file="pyproject.toml", cmd_opts=options, attributes={"settings": settings}
        )
        command.stamp(config, "head")
        return engine

    return prepared


@pytest.fixture
def file(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'file.db'}"


def refusal(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    """Return the message for invalid arguments."""
    with pytest.raises(SystemExit) as ended:
        copy.main(arguments)
    assert ended.value.code == 2
    return capsys.readouterr().err


def test_every_value_survives_there_and_back(
    prepare: Prepare, file: str, other_database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(copy, "BATCH", 2)
    back = file.replace("file.db", "back.db")
    visits = [values(1, next_id=3), values(2, details=None), values(3), values(4, next_id=4)]
    with Session(prepare(file)) as session, session.begin():
        session.execute(insert(Visit), visits)
    prepare(other_database)
    copy.main([file, other_database])
    with Session(prepare(back)) as session:
        copy.main([other_database, back])
        kept = session.scalars(select(Visit).order_by(Visit.id))
        assert [kept_values(visit) for visit in kept] == visits


def test_numbers_go_on_after_the_highest(prepare: Prepare, file: str, other_database: str) -> None:
    with prepare(file).begin() as connection:
        connection.execute(insert(Visit).values(values(7)))
    target = prepare(other_database)
    copy.main([file, other_database])
    visit = values(8)
    del visit["id"]
    with target.begin() as connection:
        assert connection.scalar(insert(Visit).values(visit).returning(Visit.id)) == 8


def test_target_with_rows_is_refused(
    prepare: Prepare, file: str, other_database: str, capsys: pytest.CaptureFixture[str]
) -> None:
    prepare(file)
    with prepare(other_database).begin() as connection:
        connection.execute(insert(Visit).values(values(1)))
    assert "already has rows in visits" in refusal(capsys, file, other_database)


def test_target_that_is_not_migrated_is_refused(
    prepare: Prepare, file: str, other_database: str, capsys: pytest.CaptureFixture[str]
) -> None:
    prepare(file)
    message = refusal(capsys, file, other_database)
    assert "the target is not at the last migration" in message
    assert "alembic -x url=TARGET upgrade head" in message


def test_progress_counts_and_tables_without_a_model_are_shown(
    prepare: Prepare, file: str, other_database: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with prepare(file).begin() as connection:
        connection.execute(insert(Visit).values(values(1)))
        connection.execute(text("CREATE TABLE legacy (id INTEGER)"))
    prepare(other_database)
    copy.main([file, other_database])
    output = capsys.readouterr()
    assert "           1  visits\n" in output.out
    assert "visits: 1 of 1\n" in output.err
    assert "Not copied, because no model describes them: legacy" in output.err


def test_failed_copy_leaves_the_target_empty(
    prepare: Prepare, file: str, other_database: str
) -> None:
    with prepare(file).begin() as connection:
        connection.execute(insert(Visit).values(values(1, next_id=1000)))
    target = prepare(other_database)
    with pytest.raises(SystemExit, match=r"Nothing was copied\."):
        copy.main([file, other_database])
    with target.connect() as connection:
        assert connection.scalar(select(func.count()).select_from(Visit)) == 0


def test_value_that_the_model_does_not_allow_is_named(
    prepare: Prepare, file: str, other_database: str
) -> None:
    with prepare(file).begin() as connection:
        connection.execute(insert(Visit).values(values(1)))
        connection.execute(text("UPDATE visits SET mood = 'FURIOUS'"))
    prepare(other_database)
    with pytest.raises(SystemExit, match=r"visits has a value .*'FURIOUS'"):
        copy.main([file, other_database])


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        (f"mysql://ada:{SECRET}@db/app", "sqlite:/// or postgresql://"),
        (f"ada:{SECRET}", "not a URL"),
        (f"postgresql://ada:{SECRET}@db:port/app", "not a URL"),
        ("sqlite://", "no file"),
        ("sqlite:///missing.db", "no file missing.db"),
    ],
)
def test_url_that_names_no_database_is_refused(
    url: str, reason: str, other_database: str, capsys: pytest.CaptureFixture[str]
) -> None:
    message = refusal(capsys, url, other_database)
    assert reason in message
    assert SECRET not in message


def test_missing_driver_is_named(
    other_database: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def without_driver(*_: object, **__: object) -> None:
        raise ModuleNotFoundError(name="psycopg")

    monkeypatch.setattr(copy, "create_engine", without_driver)
    message = refusal(capsys, "postgresql://db/app", other_database)
    assert "uv run --with 'psycopg[binary]'" in message
