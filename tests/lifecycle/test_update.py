"""`trellis update`, `status` and `move`: a service and the versions of its template."""

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.lifecycle.conftest import Make, Trellis, commit, files, git, make_service, release
from tests.terminal import ENTER, Terminal

pytestmark = pytest.mark.combinations

CHANGELOG = """# Changelog

## Unreleased

- Nothing.

## 2.0.0 (2026-11-25)

- The greeting moved to `app/hello.py`.

## 1.1.0

- Greets faster.

## 1.0.0

- Greets.
"""
VOLUME = """volume:
  type: str
  choices: [low, high]
  default: "{{ 'high' if loud is defined and loud else 'low' }}"

"""
LANGUAGE = """language:
  type: str
  choices: [en, de]
  default: en
"""


def replace(template: Path, name: str, *changes: tuple[str, str]) -> None:
    path = template / name
    text = path.read_text()
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    path.write_text(text)


@pytest.fixture
def newer(template: Path) -> Path:
    """Return the template with a version 2.0.0, which differs from 1.0.0 in every kind of way."""
    project = template / "template" / "project"
    (template / "CHANGELOG.md").write_text(CHANGELOG)
    (project / "app" / "greeting.py.jinja").rename(project / "app" / "hello.py.jinja")  # a file renamed
    replace(
        template, "template/project/tests/test_greeting.py", ("app.greeting", "app.hello")
    )  # wiring changed
    (project / "app" / "store" / "limits.py").write_text("LIMIT = 9\n")  # a feature's file added
    replace(
        template,
        "copier.yml",
        (
            "loud:\n  type: bool\n  default: false\n",
            VOLUME + LANGUAGE,  # an answer renamed, a question added
        ),
    )
    for name in ("template/features/store/feature.yml", "template/project/README.md.jinja"):
        replace(template, name, ("if loud", "if volume == 'high'"))
    replace(template, "template/project/app/hello.py.jinja", ("greeting(loud)", "greeting(volume == 'high')"))
    replace(template, "template/features/store/feature.yml", ("platformdirs>=4.14", "platformdirs>=4.15"))
    release(template, "v2.0.0")
    return template


def test_update_gives_the_service_that_is_made_from_the_newer_version(
    newer: Path, trellis: Trellis, tmp_path: Path
) -> None:
    service = make_service_of("v1.0.0", newer, tmp_path / "service", store="file", loud=True)
    result = trellis("update", service=service)
    assert result.exit_code == 0, result.output
    expected = make_service(newer, tmp_path / "new" / "service", {"store": "file", "volume": "high"})
    assert files(service) == files(expected)


def make_service_of(version: str, template: Path, folder: Path, **answers: object) -> Path:
    data = [f"--data={name}={value}" for name, value in answers.items()]
    command = ["copier", "copy", "--defaults", "--quiet", f"--vcs-ref={version}", *data, template, folder]
    subprocess.run(command, check=True)
    git(folder, "init", "--quiet")
    commit(folder)
    return folder


def test_update_tells_what_changed_between_the_two(newer: Path, trellis: Trellis, tmp_path: Path) -> None:
    service = make_service_of("v1.0.0", newer, tmp_path / "service", store="file")
    before = files(service)
    shown = trellis("update", "--dry-run", service=service).stdout
    assert files(service) == before
    for line in (
        "Template: v1.0.0 -> v2.0.0",
        "- The greeting moved to `app/hello.py`.",
        "- Greets faster.",
        "language: (new) en",
        "  made     app/store/limits.py",
        "  renamed  app/greeting.py -> app/hello.py",
        "  - platformdirs>=4.14",
        "  + platformdirs>=4.15",
    ):
        assert line in shown.splitlines()
    assert "- Greets." not in shown
    assert "- Nothing." not in shown


def test_update_keeps_the_lines_of_the_user(newer: Path, trellis: Trellis, tmp_path: Path) -> None:
    service = make_service_of("v1.0.0", newer, tmp_path / "service")
    replace(service, "README.md", ("It greets.", "It greets.\n\nAnd more."))
    (service / "app" / "mine.py").write_text("from app.greeting import greet\n")
    commit(service)
    result = trellis("update", service=service)
    assert result.exit_code == 0, result.output
    assert "And more." in (service / "README.md").read_text()
    assert (service / "app" / "mine.py").read_text() == "from app.hello import greet\n"


def test_new_question_is_answered_with_set(newer: Path, trellis: Trellis, tmp_path: Path) -> None:
    service = make_service_of("v1.0.0", newer, tmp_path / "service")
    assert trellis("update", "--set", "language=de", service=service).exit_code == 0
    assert "language: de" in (service / ".copier-answers.yml").read_text()


def test_answer_unknown_to_the_newer_version_must_be_replaced(
    template: Path, trellis: Trellis, tmp_path: Path
) -> None:
    feature = "template/features/store/feature.yml"
    replace(template, feature, ("    memory:\n      value: memory", "    brain:\n      value: brain"))
    memory = template / "template" / "features" / "store" / "memory.py"
    shutil.copy(memory, memory.with_name("brain.py"))
    release(template, "v2.0.0")
    service = make_service_of("v1.0.0", template, tmp_path / "service", store="memory")
    refused = trellis("update", service=service)
    assert refused.exit_code == 2
    assert "store=memory is not a choice" in refused.stderr
    assert "store=brain" in refused.stderr
    assert trellis("update", "--set", "store=brain", service=service).exit_code == 0


def test_new_questions_are_asked_on_a_terminal(newer: Path, tmp_path: Path) -> None:
    service = make_service_of("v1.0.0", newer, tmp_path / "service", store="memory", loud=False)
    terminal = Terminal(sys.executable, "-m", "trellis", "update", "--service", service)
    terminal.wait_for("volume")
    assert "- high (not with store=memory)" in terminal.text
    terminal.press(ENTER)
    terminal.wait_for("language")
    terminal.choose("de")
    assert terminal.wait() == 0, terminal.text
    answers = (service / ".copier-answers.yml").read_text()
    assert "volume: low" in answers
    assert "language: de" in answers


def test_answer_that_the_newer_version_does_not_know_is_asked_again(newer: Path, tmp_path: Path) -> None:
    service = make_service_of("v1.0.0", newer, tmp_path / "service", store="memory", loud=False)
    feature = "template/features/store/feature.yml"
    replace(newer, feature, ("    memory:\n      value: memory", "    brain:\n      value: brain"))
    memory = newer / "template" / "features" / "store" / "memory.py"
    memory.rename(memory.with_name("brain.py"))
    release(newer, "v3.0.0")
    terminal = Terminal(sys.executable, "-m", "trellis", "update", "--service", service)
    terminal.wait_for("volume")
    terminal.press(ENTER)
    terminal.wait_for("language")
    terminal.press(ENTER)
    terminal.wait_for("store=memory")
    terminal.choose("brain")
    assert terminal.wait() == 0, terminal.text
    assert "store: brain" in (service / ".copier-answers.yml").read_text()


def test_update_to_an_intermediate_version(newer: Path, trellis: Trellis, tmp_path: Path) -> None:
    service = make_service_of("v1.0.0", newer, tmp_path / "service")
    release(newer, "v2.1.0")
    assert trellis("update", "--to", "2.0.0", service=service).exit_code == 0
    assert "_commit: v2.0.0" in (service / ".copier-answers.yml").read_text()


def test_newest_version_needs_no_update(make: Make, trellis: Trellis) -> None:
    service = make()
    before = files(service)
    result = trellis("update", service=service)
    assert (result.exit_code, result.stdout) == (0, "v1.0.0 is the newest version; nothing to do\n")
    assert files(service) == before


@pytest.mark.parametrize(
    ("version", "told"),
    [
        ("v1.0.0", "v1.0.0 is older than the service's version v2.0.0; the newest is v2.0.0"),
        ("v9", "has no version v9"),
    ],
)
def test_invalid_version_is_refused(
    newer: Path, trellis: Trellis, tmp_path: Path, version: str, told: str
) -> None:
    service = make_service_of("v2.0.0", newer, tmp_path / "service")
    result = trellis("update", "--to", version, service=service)
    assert result.exit_code == 2
    assert told in result.stderr


def test_status_shows_answers_and_changed_files(newer: Path, trellis: Trellis, tmp_path: Path) -> None:
    service = make_service_of("v1.0.0", newer, tmp_path / "service", store="file")
    replace(service, "README.md", ("It greets.", "It greets politely."))
    (service / "app" / "greeting.py").unlink()
    found = json.loads(trellis("status", "--json", service=service).stdout)
    assert found == {
        "command": "status",
        "folder": str(service),
        "template": str(newer),
        "version": "v1.0.0",
        "newer": ["v2.0.0"],
        "answers": {"loud": False, "project_name": "Service", "store": "file", "store_style": "plain"},
        "changed": ["README.md"],
        "deleted": ["app/greeting.py"],
        "moved": [],
        "error": None,
    }
    shown = trellis("status", service=service).stdout.splitlines()
    assert "Version   v1.0.0; v2.0.0 is available: trellis update" in shown
    assert "  store=file" in shown


def test_status_exits_with_1_if_a_newer_version_is_available(
    make: Make, template: Path, trellis: Trellis
) -> None:
    service = make()
    assert trellis("status", "--exit-code", service=service).exit_code == 0
    release(template, "v1.1.0")
    assert trellis("status", "--exit-code", service=service).exit_code == 1
    assert trellis("status", service=service).exit_code == 0


def test_prerelease_is_not_available(make: Make, template: Path, trellis: Trellis) -> None:
    service = make()
    release(template, "v2.0.0rc1")
    assert trellis("status", "--exit-code", service=service).exit_code == 0


def test_status_reports_invalid_answers(make: Make, trellis: Trellis) -> None:
    service = make()
    replace(service, ".copier-answers.yml", ("store: none", "store: files"))
    found = json.loads(trellis("status", "--json", service=service).stdout)
    assert found["error"]["code"] == "invalid_answers_file"
    assert "does not match its template: store=files is not a choice" in found["error"]["message"]


def test_status_reports_an_unreachable_template(make: Make, template: Path, trellis: Trellis) -> None:
    service = make()
    shutil.rmtree(template)
    result = trellis("status", service=service)
    assert result.exit_code == 2
    assert "could not fetch the template" in result.stderr


def test_move_changes_the_address(make: Make, template: Path, trellis: Trellis) -> None:
    service = make()
    elsewhere = template.rename(template.with_name("elsewhere"))
    result = trellis("move", elsewhere, service=service)
    assert result.exit_code == 0, result.output
    changed = [
        line for line in git(service, "diff", "--unified=0").splitlines() if re.match("[+-][^+-]", line)
    ]
    assert changed == [f"-_src_path: {template}", f"+_src_path: {elsewhere}"]
    commit(service)
    assert trellis("add", "store=file", service=service).exit_code == 0


def test_move_to_a_missing_template_changes_nothing(make: Make, trellis: Trellis, tmp_path: Path) -> None:
    service = make()
    result = trellis("move", tmp_path / "nowhere", service=service)
    assert result.exit_code == 2
    assert f"the template {tmp_path / 'nowhere'} does not exist" in result.stderr
    assert git(service, "status", "--porcelain") == ""
