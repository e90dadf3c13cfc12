"""Completion at Tab, in the shells themselves."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from copier import run_copy

from tests.terminal import CTRL_C, CTRL_U, Terminal
from trellis.template_source import template_root

TAB = "\t"
SHELLS = {
    "bash": (
        ["bash", "--norc", "-i"],
        "bind 'set show-all-if-ambiguous on'; eval \"$(trellis --show-completion)\"",
    ),
    "zsh": (
        ["zsh", "-f", "-i"],
        'unsetopt list_ambiguous; autoload -U compinit; compinit -u -D; eval "$(trellis --show-completion)"',
    ),
    "fish": (["fish", "--no-config", "-i"], "trellis --show-completion | source"),
}
"""How each shell is started, and what it does to complete, and to list all at the first Tab."""


class Prompt:
    """A shell in the folder of a service, which waits for commands.

    Args:
        shell: its name.
        folder: the folder.

    """

    def __init__(self, shell: str, folder: Path) -> None:
        command, setup = SHELLS[shell]
        path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
        home = {"HOME": str(folder.parent), "XDG_DATA_HOME": str(folder.parent / "data")}
        self._terminal = Terminal(*command, variables={"PATH": path, "PS1": "$ ", **home})
        self._cleared = 0
        self._clear(f"cd {folder}; {setup}")

    def completed(self, line: str, *expected: str) -> str:
        """Type a line and press Tab, and return the screen once these texts are on it."""
        self._terminal.press(line, TAB)
        for text in expected:
            self._terminal.wait_for(text)
        shown = self._terminal.text
        self._terminal.press(CTRL_C, CTRL_U)
        self._clear("true")
        return shown

    def _clear(self, command: str) -> None:
        self._cleared += 1
        self._terminal.press(f"{command}; clear; echo cle''ared {self._cleared}\r")
        self._terminal.wait_for(f"cleared {self._cleared}\n")

    def close(self) -> None:
        self._terminal.press(CTRL_C, "exit\r")
        self._terminal.wait(10)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a service whose template has two versions."""
    root = tmp_path_factory.mktemp("completion")
    source = root / "template"
    source.mkdir()
    shutil.copy(template_root() / "copier.yml", source)
    shutil.copytree(template_root() / "template", source / "template")
    person = ["-c", "user.name=Ada", "-c", "user.email=ada@example.com"]
    for arguments in (
        ["init", "--quiet"],
        ["add", "--all"],
        [*person, "commit", "--quiet", "--message=Start"],
        ["tag", "v8.1.0"],
        ["tag", "v8.2.0"],
    ):
        subprocess.run(["git", *arguments], cwd=source, check=True)  # noqa: S607
    service = root / "service"
    run_copy(str(source), service, {"auth": "oidc", "static_files": True}, defaults=True, quiet=True)
    subprocess.run(["git", "init", "--quiet"], cwd=service, check=True)  # noqa: S607
    return service


@pytest.fixture(
    scope="module",
    params=["bash", *(pytest.param(shell, marks=pytest.mark.combinations) for shell in ("zsh", "fish"))],
)
def shell(request: pytest.FixtureRequest, folder: Path) -> Iterator[Prompt]:
    if not shutil.which(request.param):
        pytest.skip(f"{request.param} is not installed")
    prompt = Prompt(request.param, folder)
    yield prompt
    prompt.close()


def test_choices_follow_an_equals_sign(shell: Prompt) -> None:
    shown = shell.completed("trellis add database=", "sqlite", "postgresql", "mongodb")
    assert "none" not in shown
    shell.completed("trellis new x --set database=p", "database=postgresql")
    shell.completed("trellis new x --set=database=p", "--set=database=postgresql")


def test_name_and_choice_are_completed_one_after_the_other(shell: Prompt) -> None:
    shell.completed(f"trellis add webs{TAB}", "websockets=", "memory", "redis")


def test_names_are_those_that_are_asked_for(shell: Prompt) -> None:
    shell.completed("trellis new x --set database", "database=", "database_style=")
    shown = shell.completed("trellis new x --set d", "database=", "description=", "deployment=")
    assert "database_requirements" not in shown


def test_what_the_service_has_is_dropped_and_the_rest_is_added(shell: Prompt) -> None:
    shown = shell.completed("trellis drop ", "auth", "static_files")
    assert "database" not in shown
    shown = shell.completed("trellis add ", "database=", "websockets=", "tasks=")
    assert "auth" not in shown
    assert "static_files" not in shown


def test_answers_of_the_service_are_switched_to_others(shell: Prompt) -> None:
    shown = shell.completed("trellis switch auth=", "jwt", "none")
    assert "oidc" not in shown.partition("auth=")[2]


def test_versions_of_the_template_are_completed(shell: Prompt) -> None:
    shell.completed("trellis update --to v8", "v8.1.0", "v8.2.0")


def test_presets_are_completed(shell: Prompt) -> None:
    shell.completed("trellis new x --preset ", "minimal", "api", "full")
