"""`trellis new` and `features` with --json."""

import json
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from tests.cli.conftest import Trellis
from trellis.create import make_service
from trellis.errors import BadInputError


def validated(trellis: Trellis, text: str) -> dict[str, object]:
    document: dict[str, object] = json.loads(text)
    Draft202012Validator(json.loads(trellis("schema").stdout)).validate(document)
    return document


def test_new_prints_what_it_made_and_asks_nothing(trellis: Trellis, service: Path) -> None:
    result = trellis("new", service, "--json", "--set", "database=sqlite")
    assert (result.exit_code, result.stderr) == (0, "")
    found = validated(trellis, result.stdout)
    assert found["command"] == "new"
    assert isinstance(found["answers"], dict)
    assert found["answers"]["database"] == "sqlite"
    assert isinstance(found["files"], list)
    assert {"app/main.py", ".copier-answers.yml"} <= set(found["files"])
    assert isinstance(found["next"], list)
    assert found["next"][0] == f"cd {service}"


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["--set", "database=postgres"], "invalid_answer"),
        (["--set", "email=nobody"], "invalid_answer"),
        (["--set", "database_style=async"], "invalid_answer"),
        (["--set", "database"], "invalid_usage"),
        (["--preset", "ful"], "invalid_usage"),
        (["--answers", "/nowhere"], "invalid_answers_file"),
        (["--nonsense"], "invalid_usage"),
        (["--address", "https://ada:secret@git.example.com/trellis.git"], "invalid_address"),
    ],
)
def test_invalid_input(trellis: Trellis, service: Path, arguments: list[str], code: str) -> None:
    result = trellis("new", service, "--json", *arguments)
    assert (result.exit_code, result.stderr) == (2, "")
    error = validated(trellis, result.stdout)["error"]
    assert isinstance(error, dict)
    assert error["code"] == code
    assert not service.exists()


def test_template_that_does_not_exist(service: Path) -> None:
    with pytest.raises(BadInputError, match="does not exist") as caught:
        make_service(
            "git.example.com/trellis", service, {}, before_writing=lambda: None, finish=lambda _, __: None
        )
    assert caught.value.code == "template_unreachable"
    assert not service.exists()


def test_folder_that_is_not_empty(trellis: Trellis, service: Path) -> None:
    service.mkdir()
    (service / "mine.txt").write_text("mine")
    result = trellis("new", service, "--json")
    assert result.exit_code == 2
    assert validated(trellis, result.stdout)["error"] == {
        "code": "folder_not_empty",
        "message": f"{service} is not empty",
        "hint": "choose an empty folder or a new one",
    }


def test_features_print_all_questions(trellis: Trellis) -> None:
    assert validated(trellis, trellis("features", "--json").stdout)["command"] == "features"
