import os
import subprocess
import sys

import pytest

from tests.cli.conftest import Trellis

LIVING = ["add", "drop", "switch", "update", "status", "move"]


@pytest.mark.parametrize("command", ["", "new", "features", "schema", *LIVING])
def test_help_fits_a_screen(trellis: Trellis, monkeypatch: pytest.MonkeyPatch, command: str) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    lines = trellis(*command.split(), "--help").stdout.splitlines()
    assert 5 < len(lines) < 24
    assert not any(len(line) > 80 or line.endswith("...") for line in lines[1:])


@pytest.mark.parametrize("command", ["new", "features", "schema", "prove", *LIVING])
def test_help_has_an_example(trellis: Trellis, command: str) -> None:
    assert f"Example: trellis {command} " in trellis(command, "--help").stdout


@pytest.mark.parametrize("arguments", ["add", "new x --nonsense", "nonsense", "status --service"])
def test_wrong_usage_is_one_line(trellis: Trellis, arguments: str) -> None:
    result = trellis(*arguments.split())
    assert (result.exit_code, result.stdout) == (2, "")
    [line] = result.stderr.splitlines()
    assert line.startswith("trellis")
    assert line.endswith("--help")


def test_version(trellis: Trellis) -> None:
    assert trellis("--version").stdout.startswith("trellis ")


def completed(line: str) -> list[str]:
    """Return what Bash would be offered after this line."""
    words = line.split(" ")
    asked = {"_TRELLIS_COMPLETE": "complete_bash", "COMP_WORDS": line, "COMP_CWORD": str(len(words) - 1)}
    shown = subprocess.run(
        [sys.executable, "-c", "from trellis.cli import app; app(prog_name='trellis')"],
        env=os.environ | asked,
        capture_output=True,
        text=True,
        check=False,
    )
    return shown.stdout.split()


def test_shell_completes_the_name_of_a_question() -> None:
    assert completed("trellis new x --set data") == ["database=", "database_style="]


def test_shell_completes_a_choice() -> None:
    assert completed("trellis new x --set database=p") == ["database=postgresql"]


def test_shell_completes_what_may_be_added_or_dropped() -> None:
    assert completed("trellis add database=m") == ["database=mongodb"]
    assert completed("trellis drop st") == ["static_files"]


def test_shell_completes_a_preset() -> None:
    assert completed("trellis new x --preset m") == ["minimal"]
