"""The template's files are what their names say, as they stand: a condition is a comment."""

import ast
import subprocess
import tomllib
from pathlib import Path

import pytest
from ruff import find_ruff_bin

from trellis.git import GIT
from trellis.template_source import template_root

TEMPLATE = template_root() / "template"
SETTINGS = TEMPLATE / "project" / "pyproject.toml"
UNPARSED = {
    "features/tasks/calls.py",
    "project/app/auth/jobs.py",
    "project/app/items/jobs.py",
    "project/app/tasks/jobs.py",
    "project/app/tasks/service.py",
    "project/tests/tasks/jobs.py",
}
"""Files in which macros write what differs between the queues' libraries."""
OF_ALTERNATIVES = "B030,E501,F401,F811,F821,I001,PIE794"
"""What the linter finds because it reads both sides of a condition: names twice, or used on one side only."""


def sources(pattern: str) -> dict[str, Path]:
    command = [GIT, "ls-files", "--cached", "--others", "--exclude-standard", "--deduplicate", "--", pattern]
    done = subprocess.run(command, cwd=TEMPLATE, capture_output=True, text=True, check=True)
    names = done.stdout.splitlines()
    assert names
    return {name: TEMPLATE / name for name in names if name not in UNPARSED and (TEMPLATE / name).is_file()}


def ruff(*arguments: str) -> str:
    command = [find_ruff_bin(), *arguments, "--no-cache", "--quiet", "--config", str(SETTINGS)]
    paths = list(map(str, sources("*.py").values()))
    return subprocess.run([*command, *paths], capture_output=True, text=True, check=False).stdout


def test_python_is_valid() -> None:
    for name, path in sources("*.py").items():
        ast.parse(path.read_text(encoding="utf-8"), name)


@pytest.mark.parametrize("name", sorted(UNPARSED))
def test_file_that_is_valid_is_not_left_out(name: str) -> None:
    with pytest.raises(SyntaxError):
        ast.parse((TEMPLATE / name).read_text(encoding="utf-8"))


def test_python_is_formatted_but_for_the_blank_lines_that_conditions_leave_out() -> None:
    changes = [
        line
        for line in ruff("format", "--diff").splitlines()
        if line.startswith(("+", "-")) and line[1:].strip() and not line.startswith(("+++ ", "--- "))
    ]
    assert changes == []


def test_python_passes_the_linter() -> None:
    tests = "**/test*/**:PLR2004,S101,S105,S106"
    ignored = ["--extend-ignore", OF_ALTERNATIVES, "--extend-per-file-ignores", tests]
    assert ruff("check", *ignored, "--output-format=concise") == ""


def test_toml_is_valid() -> None:
    for path in sources("*.toml").values():
        tomllib.loads(path.read_text(encoding="utf-8"))


def test_shell_is_valid() -> None:
    for path in sources("*.sh").values():
        subprocess.run(["sh", "-n", path], check=True)  # noqa: S607


def test_no_condition_stands_inside_a_line() -> None:
    found = [
        f"{name}:{number}: {line.strip()}"
        for name, path in sources("*").items()
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if "# {%" in line and not line.lstrip().startswith("# {%")
    ]
    assert found == []
