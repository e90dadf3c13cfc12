"""The commands with --json: one document on the standard output, as `trellis schema` describes it."""

import json
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from typer.testing import CliRunner

from tests.lifecycle.conftest import Make, Trellis, commit, files, git, release
from trellis.cli import app

Printed = Callable[..., dict[str, Any]]


@pytest.fixture(scope="module")
def validator() -> Draft202012Validator:
    schema = json.loads(CliRunner().invoke(app, ["schema"]).stdout)
    Draft202012Validator.check_schema(schema)
    return Draft202012Validator(schema)


@pytest.fixture
def printed(trellis: Trellis, validator: Draft202012Validator) -> Printed:
    """Return a function that calls a command with --json, and returns what it prints."""

    def call(*arguments: object, service: Path, exit_code: int = 0) -> dict[str, Any]:
        result = trellis(*arguments, "--json", service=service)
        assert result.exit_code == exit_code, result.output
        assert result.stderr == ""
        document: dict[str, Any] = json.loads(result.stdout)
        validator.validate(document)
        return document

    return call


def refused(printed: Printed, service: Path, *arguments: object) -> tuple[str, str, str]:
    """Return code, message and hint of an error, after a look that nothing changed."""
    before = files(service)
    document = printed(*arguments, service=service, exit_code=2)
    assert files(service) == before
    assert list(document) == ["error"]
    error: Mapping[str, str] = document["error"]
    return error["code"], error["message"], error["hint"]


@pytest.mark.parametrize("dry_run", [False, True])
def test_added_feature(make: Make, printed: Printed, *, dry_run: bool) -> None:
    service = make()
    before = files(service)
    found = printed("add", "store=file", *(["--dry-run"] if dry_run else []), service=service)
    assert (found["command"], found["folder"], found["dry_run"]) == ("add", str(service), dry_run)
    assert found["applied"] is not dry_run
    assert (files(service) == before) is dry_run
    assert found["version"] == found["old_version"] == "v1.0.0"
    assert found["answers"] == {
        "loud": False,
        "project_name": "Service",
        "store": "file",
        "store_style": "plain",
    }
    assert {"name": "store", "old": "none", "new": "file"} in found["changed_answers"]
    assert "app/store/__init__.py" in found["files"]["made"]
    assert "README.md" in found["files"]["changed"]
    assert found["dependencies"] == {"added": ["platformdirs>=4.14"], "removed": []}
    assert found["next"] == ["uv sync", "uv run pytest", "git diff .", "git commit ."]
    assert (found["losses"], found["warnings"], found["error"]) == ([], [], None)


def test_dropped_feature(make: Make, printed: Printed) -> None:
    found = printed("drop", "store", service=make(store="file"))
    assert "app/store/__init__.py" in found["files"]["removed"]
    assert found["dependencies"] == {"added": [], "removed": ["platformdirs>=4.14"]}


def test_switched_answer(make: Make, printed: Printed) -> None:
    found = printed("switch", "project_name=Other", service=make())
    assert found["changed_answers"] == [{"name": "project_name", "old": "Service", "new": "Other"}]


@pytest.mark.parametrize("dry_run", [False, True])
def test_conflict(make: Make, printed: Printed, *, dry_run: bool) -> None:
    service = make()
    (service / "README.md").write_text("# Service\n\nIt greets politely.\n")
    commit(service)
    found = printed("add", "loud", *(["--dry-run"] if dry_run else []), service=service, exit_code=1)
    assert found["error"]["code"] == "conflict"
    assert found["error"]["message"] == "merge conflicts in 1 file: you and Trellis edited the same lines"
    assert found["files"]["conflicting"] == ["README.md"]
    assert found["next"][0] == "git add README.md"
    assert ("<<<<<<<" in (service / "README.md").read_text()) is not dry_run


@pytest.mark.parametrize("dry_run", [False, True])
def test_loss(make: Make, printed: Printed, *, dry_run: bool) -> None:
    service = make(store="file")
    (service / "app" / "mine.py").write_text("from app.store import keep\n")
    commit(service)
    before = files(service)
    found = printed("drop", "store", *(["--dry-run"] if dry_run else []), service=service, exit_code=1)
    assert files(service) == before
    assert found["applied"] is False
    assert found["error"] == {
        "code": "would_delete",
        "message": "this would delete 1 file you edited or use",
        "hint": "run again with --discard to delete them",
    }
    loss = {"path": "app/store/__init__.py", "reason": "is imported by app/mine.py, line 1", "kind": "file"}
    assert found["losses"] == [loss]
    discarded = printed("drop", "store", "--discard", service=service)
    assert (discarded["losses"], discarded["error"]) == ([loss], None)


def test_update(make: Make, template: Path, printed: Printed) -> None:
    service = make()
    assert printed("update", service=service)["changed_answers"] == []
    (template / "CHANGELOG.md").write_text("## 1.1.0\n\n- Greets faster.\n")
    (template / "template" / "project" / "app" / "fast.py").write_text("FAST = True\n")
    release(template, "v1.1.0")
    found = printed("update", service=service)
    assert (found["old_version"], found["version"]) == ("v1.0.0", "v1.1.0")
    assert "- Greets faster." in found["changelog"]
    assert found["files"]["made"] == ["app/fast.py"]


def test_status(make: Make, template: Path, printed: Printed) -> None:
    service = make()
    release(template, "v1.1.0")
    found = printed("status", "--exit-code", service=service, exit_code=1)
    assert (found["version"], found["newer"], found["error"]) == ("v1.0.0", ["v1.1.0"], None)


def test_status_without_a_template(make: Make, template: Path, printed: Printed) -> None:
    service = make()
    template.rename(template.with_name("elsewhere"))
    found = printed("status", service=service, exit_code=2)
    assert found["error"]["code"] == "template_unreachable"
    assert found["error"]["hint"] == "if it has moved: trellis move ADDRESS"


def test_move(make: Make, template: Path, printed: Printed) -> None:
    service = make()
    elsewhere = template.rename(template.with_name("elsewhere"))
    found = printed("move", elsewhere, service=service)
    assert (found["template"], found["old_template"]) == (str(elsewhere), str(template))


def test_uncommitted_changes(make: Make, printed: Printed) -> None:
    service = make()
    (service / "README.md").write_text("mine")
    assert refused(printed, service, "add", "store=file") == (
        "uncommitted_changes",
        "you have 1 uncommitted change: README.md",
        "commit first",
    )


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["add", "stor"], "invalid_answer"),
        (["add", "store=fil"], "invalid_answer"),
        (["add", "store"], "invalid_answer"),
        (["add", "store=none"], "invalid_answer"),
        (["drop", "store"], "invalid_answer"),
        (["drop", "store=file"], "invalid_answer"),
        (["drop", "project_name"], "invalid_answer"),
        (["switch", "store"], "invalid_answer"),
        (["switch", "store=none"], "invalid_answer"),
        (["switch", "store_style=plain"], "invalid_answer"),
        (["update", "--to", "v9"], "version_not_found"),
        (["update", "--to", "v0.1"], "version_too_old"),
        (["move", "/nowhere"], "template_unreachable"),
        (["add"], "invalid_usage"),
        (["add", "store=file", "--nonsense"], "invalid_usage"),
        (["nonsense"], "invalid_usage"),
    ],
)
def test_invalid_input(make: Make, printed: Printed, arguments: list[str], code: str) -> None:
    found, message, _ = refused(printed, make(), *arguments)
    assert found == code
    assert "\n" not in message


def test_no_service(tmp_path: Path, printed: Printed) -> None:
    for command in ("status", "update"):
        assert refused(printed, tmp_path, command)[0] == "not_a_service"


def test_bug_of_trellis_is_an_error_too(
    make: Make, trellis: Trellis, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_: object) -> None:
        raise RuntimeError("no such luck")

    monkeypatch.setattr("trellis.lifecycle.service.open_service", fail)
    result = trellis("status", "--json", service=make())
    assert result.exit_code == 1
    error = json.loads(result.stdout)["error"]
    assert (error["code"], error["message"]) == ("internal_error", "RuntimeError: no such luck")
    assert "Traceback" in result.stderr


def test_reader_may_stop_early(make: Make) -> None:
    command = f"{sys.executable} -m trellis status --json --service {make()} | head -c 1"
    done = subprocess.run(command, shell=True, capture_output=True, text=True, check=True)  # noqa: S602
    assert (done.stdout, done.stderr) == ("{", "")


def test_tests_of_a_service_print_nothing_else(make: Make, validator: Draft202012Validator) -> None:
    service = make()
    (service / "tests" / "test_greeting.py").write_text("def test_it():\n    assert False\n")
    commit(service)
    command = [sys.executable, "-m", "trellis", "add", "loud", "--check", "--json", "--service", str(service)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 1, done.stderr
    document = json.loads(done.stdout)
    validator.validate(document)
    assert (document["tests_passed"], document["error"]["code"]) == (False, "tests_failed")
    assert git(service, "status", "--porcelain") != ""
