import sys
from pathlib import Path

import pytest

from trellis.proof.environments import shared as environment
from trellis.proof.environments.shared import TOOLS, Environment, shared_environment

INSTALLED = ["fastapi>=0.165.0", "rq>=3.0.0", *TOOLS]


def keep_environment(cache: Path, *lines: str) -> Path:
    folder = cache / "environment-earlier"
    folder.mkdir(parents=True)
    (folder / "requirements.txt").write_text("".join(f"{line}\n" for line in lines))
    return folder


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, ...]]:
    """Return the calls of uv, which makes an empty folder in place of an environment."""
    made: list[tuple[str, ...]] = []

    def record(*arguments: str) -> str:
        made.append(arguments)
        if arguments[0] == "venv":
            Path(arguments[-1]).mkdir()
        return ""

    monkeypatch.setattr(environment, "uv", record)
    return made


def test_earlier_environment_with_more_is_used_again(tmp_path: Path, calls: list[tuple[str, ...]]) -> None:
    python = f"# Python {' '.join(sys.version.split())}"
    earlier = keep_environment(tmp_path, python, *INSTALLED)
    assert shared_environment(["fastapi>=0.165.0"], tmp_path) == Environment(earlier)
    assert calls == []


@pytest.mark.parametrize(
    "lines", [["# Python 2.7", *INSTALLED], INSTALLED[1:]], ids=["another Python", "a requirement is missing"]
)
def test_environment_that_does_not_do_is_not_used(
    lines: list[str], tmp_path: Path, calls: list[tuple[str, ...]]
) -> None:
    earlier = keep_environment(tmp_path, *lines)
    found = shared_environment(["fastapi>=0.165.0"], tmp_path)
    assert found.folder != earlier
    assert [call[0] for call in calls] == ["venv", "pip"]
    assert shared_environment(["fastapi>=0.165.0"], tmp_path) == found
    assert len(calls) == 2


def test_upgrade_installs_again(tmp_path: Path, calls: list[tuple[str, ...]]) -> None:
    found = shared_environment(["fastapi>=0.165.0"], tmp_path)
    assert shared_environment(["fastapi>=0.165.0"], tmp_path, upgrade=True) == found
    assert [call[0] for call in calls] == ["venv", "pip"] * 2
