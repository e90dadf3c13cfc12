"""What a wheel and a source archive carry, wherever they are built."""

from collections.abc import Callable
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from tests.lifecycle.conftest import commit, git
from trellis.template_source import template_root

Carried = Callable[..., dict[str, str]]


@pytest.fixture(scope="module")
def hook() -> type[Any]:
    path = template_root() / "generator" / "carry_history.py"
    spec = spec_from_file_location("carry_history", path)
    assert spec
    assert spec.loader
    module: Any = module_from_spec(spec)
    spec.loader.exec_module(module)
    found: type[Any] = module.CarryHistory
    return found


@pytest.fixture
def clone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for role in ("AUTHOR", "COMMITTER"):
        monkeypatch.setenv(f"GIT_{role}_NAME", "Ada")
        monkeypatch.setenv(f"GIT_{role}_EMAIL", "ada@example.com")
    monkeypatch.delenv("TRELLIS_ADDRESS", raising=False)
    folder = tmp_path / "clone"
    git(tmp_path, "init", "--quiet", str(folder))
    commit(folder)
    git(folder, "tag", "v1.0.0")
    return folder


@pytest.fixture
def carried(hook: type[Any]) -> Carried:
    """Return a function that builds, and returns the text of each file that is carried, by its place."""

    def build(root: Path, target: str = "wheel") -> dict[str, str]:
        made = hook(str(root), {}, SimpleNamespace(), SimpleNamespace(), "", target)
        data: dict[str, Any] = {"force_include": {}}
        made.initialize("standard", data)
        found = {
            place: Path(path).read_text(errors="replace") for path, place in data["force_include"].items()
        }
        made.finalize("standard", data, "")
        return found

    return build


ADDRESS = "trellis/_template/address"
BUNDLE = "trellis/_template/history.bundle"


@pytest.mark.parametrize(
    ("origin", "address"),
    [
        (None, ""),
        ("/srv/git/trellis.git", ""),
        ("../trellis", ""),
        ("https://git.example.com/trellis.git", "https://git.example.com/trellis.git"),
        ("https://ada:secret@git.example.com/trellis.git", "https://git.example.com/trellis.git"),
        ("git@git.example.com:trellis.git", "git@git.example.com:trellis.git"),
    ],
)
def test_wheel_carries_the_history_and_an_address_for_colleagues(
    clone: Path, carried: Carried, origin: str | None, address: str
) -> None:
    if origin:
        git(clone, "remote", "add", "origin", origin)
    found = carried(clone)
    assert found[ADDRESS] == f"{address}\n"
    assert "refs/tags/v1.0.0" in found[BUNDLE]


def test_variable_names_the_address(clone: Path, carried: Carried, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRELLIS_ADDRESS", "https://git.example.com/trellis.git")
    assert carried(clone)[ADDRESS] == "https://git.example.com/trellis.git\n"


@pytest.mark.parametrize("address", ["https://ada:secret@git.example.com/trellis.git", "/srv/trellis"])
def test_variable_with_another_address_ends_the_build(
    clone: Path, carried: Carried, monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    monkeypatch.setenv("TRELLIS_ADDRESS", address)
    with pytest.raises(RuntimeError, match="takes a public address without credentials"):
        carried(clone)


def test_build_in_a_hook_of_git_reads_this_clone(
    clone: Path, carried: Carried, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "other"))
    assert "refs/tags/v1.0.0" in carried(clone)[BUNDLE]


def test_worktree_carries_the_history(clone: Path, carried: Carried, tmp_path: Path) -> None:
    git(clone, "worktree", "add", "--quiet", str(tmp_path / "tree"))
    assert "refs/tags/v1.0.0" in carried(tmp_path / "tree")[BUNDLE]


def test_shallow_clone_ends_the_build(clone: Path, carried: Carried, tmp_path: Path) -> None:
    commit(clone)
    git(tmp_path, "clone", "--quiet", "--depth=1", f"file://{clone}", "shallow")
    with pytest.raises(RuntimeError, match="git fetch --unshallow --tags"):
        carried(tmp_path / "shallow")


def test_clone_of_another_user_ends_the_build(
    clone: Path, carried: Carried, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GIT_TEST_ASSUME_DIFFERENT_OWNER", "1")
    with pytest.raises(RuntimeError, match="dubious ownership"):
        carried(clone)


def test_source_archive_carries_the_history_for_its_wheel(
    clone: Path, carried: Carried, tmp_path: Path
) -> None:
    archive = tmp_path / "archive"
    for place, text in carried(clone, "sdist").items():
        (archive / place).parent.mkdir(parents=True, exist_ok=True)
        (archive / place).write_text(text)
    assert set(carried(archive)) == {ADDRESS, BUNDLE}


def test_archive_without_history_carries_nothing(carried: Carried, tmp_path: Path) -> None:
    assert carried(tmp_path) == {}


def test_nothing_is_left_of_a_build(clone: Path, carried: Carried, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = clone.parent / "temporary"
    folder.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(folder))
    carried(clone)
    assert list(folder.iterdir()) == []
    assert git(clone, "status", "--porcelain") == ""
