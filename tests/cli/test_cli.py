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
