"""A step takes nothing that the user wrote or uses, unless told to."""

from pathlib import Path

import pytest

from tests.lifecycle.conftest import Make, Trellis, commit, files, git, release

pytestmark = pytest.mark.combinations


@pytest.fixture
def service(make: Make) -> Path:
    return make(store="file")


def write(service: Path, name: str, text: str) -> None:
    path = service / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    commit(service)


def refused(trellis: Trellis, service: Path, *arguments: str) -> list[str]:
    """Return the files that keep a step from being taken, after a look that nothing changed."""
    before = files(service)
    result = trellis(*arguments, service=service)
    assert result.exit_code == 1, result.output
    assert files(service) == before
    assert git(service, "status", "--porcelain") == ""
    first, *listed, last = result.stderr.splitlines()
    assert first == f"trellis {arguments[0]}: stopped: this would delete 1 file you edited or use:"
    assert "--discard" in last
    return [line.strip() for line in listed]


def test_file_with_lines_of_the_users_is_named_and_stays(service: Path, trellis: Trellis) -> None:
    path = service / "app" / "store" / "__init__.py"
    write(service, "app/store/__init__.py", path.read_text() + "\n\nMINE = 1\n")
    assert refused(trellis, service, "drop", "store") == ["app/store/__init__.py holds 3 lines of yours"]


def test_file_from_which_the_user_took_a_line_is_named_too(service: Path, trellis: Trellis) -> None:
    path = service / "tests" / "store" / "test_store.py"
    write(
        service,
        "tests/store/test_store.py",
        path.read_text().replace('    assert path.read_text() == "Ada"\n', ""),
    )
    assert refused(trellis, service, "drop", "store") == ["tests/store/test_store.py holds 1 line of yours"]


@pytest.mark.parametrize(
    "line",
    [
        "import app.store",
        "from app import store",
        "from app.store import keep",
        "from .. import store",
        "from ..store import keep as remember",
        "def later() -> None:\n    import app.store as kept",
    ],
)
def test_file_that_the_users_code_imports_is_named_with_the_place(
    service: Path, trellis: Trellis, line: str
) -> None:
    write(service, "app/shop/__init__.py", "")
    write(service, "app/shop/router.py", f"X = 1\n{line}\n")
    number = 3 if "def" in line else 2
    told = f"app/store/__init__.py is imported by app/shop/router.py, line {number}"
    assert refused(trellis, service, "drop", "store") == [told]


@pytest.mark.parametrize(
    "line", ["import store", "from app import greeting", "# app.store", "X = 'app.store'"]
)
def test_lookalike_of_an_import_does_not_stop_a_step(service: Path, trellis: Trellis, line: str) -> None:
    write(service, "app/mine.py", f"{line}\n")
    assert trellis("drop", "store", service=service).exit_code == 0


def test_files_go_with_discard(service: Path, trellis: Trellis) -> None:
    write(service, "app/mine.py", "from app.store import keep\n")
    assert trellis("drop", "store", "--discard", service=service).exit_code == 0
    assert not (service / "app" / "store").exists()
    assert (service / "app" / "mine.py").is_file()


def test_dry_run_names_losses_as_well(service: Path, trellis: Trellis) -> None:
    write(service, "app/mine.py", "from app.store import keep\n")
    assert len(refused(trellis, service, "drop", "store", "--dry-run")) == 1


def test_file_of_the_users_beside_the_features_stays(service: Path, trellis: Trellis) -> None:
    write(service, "app/store/mine.py", "MINE = 1\n")
    assert trellis("drop", "store", service=service).exit_code == 0
    assert [path.name for path in (service / "app" / "store").iterdir()] == ["mine.py"]


def test_compiled_python_goes_with_its_folder(service: Path, trellis: Trellis) -> None:
    write(service, ".gitignore", "__pycache__/\n")
    (service / "app" / "store" / "__pycache__").mkdir()
    (service / "app" / "store" / "__pycache__" / "__init__.cpython-311.pyc").touch()
    assert trellis("drop", "store", service=service).exit_code == 0
    assert not (service / "app" / "store").exists()


def test_use_of_a_removed_name_is_reported(service: Path, trellis: Trellis) -> None:
    write(
        service, "app/mine.py", "from pathlib import Path\n\nfrom app import store\n\nstore.is_kept(Path())\n"
    )
    write(service, "app/own.py", "def keep_off(is_kept: bool) -> bool:\n    return is_kept\n")
    trellis("switch", "store_style=careful", service=service)
    commit(service)
    told = trellis("switch", "store_style=plain", service=service).stdout.splitlines()
    assert "  app/mine.py:5 uses is_kept, which is removed" in told
    assert not any("own.py" in line for line in told)


def test_file_that_the_user_deleted_stays_away(service: Path, trellis: Trellis) -> None:
    git(service, "rm", "--quiet", "app/greeting.py", "tests/test_greeting.py")
    commit(service)
    assert trellis("switch", "store=memory", "loud=false", service=service).exit_code == 2
    assert trellis("switch", "store=memory", service=service).exit_code == 0
    assert not (service / "app" / "greeting.py").exists()


def test_own_file_where_a_feature_makes_one_is_kept_in_conflict(make: Make, trellis: Trellis) -> None:
    service = make()
    write(service, "app/store/__init__.py", "MINE = 1\n")
    result = trellis("add", "store=memory", service=service)
    assert result.exit_code == 1
    text = (service / "app" / "store" / "__init__.py").read_text()
    assert "MINE = 1\n" in text
    assert "def keep(name: str)" in text
    assert "<<<<<<<" in text


def test_ignored_file_where_a_feature_makes_one_is_refused(make: Make, trellis: Trellis) -> None:
    service = make()
    write(service, ".gitignore", "store/\n")
    (service / "app" / "store").mkdir()
    (service / "app" / "store" / "__init__.py").write_text("MINE = 1\n")
    result = trellis("add", "store=memory", service=service)
    assert result.exit_code == 2
    assert "app/store/__init__.py is in the way of a new file, and Git ignores it" in result.stderr
    assert (service / "app" / "store" / "__init__.py").read_text() == "MINE = 1\n"


def test_new_import_of_a_deleted_module_is_reported(service: Path, template: Path, trellis: Trellis) -> None:
    (service / "app" / "greeting.py").unlink()
    commit(service)
    (template / "template" / "project" / "app" / "polite.py").write_text("from app.greeting import greet\n")
    release(template, "v1.1.0")
    told = trellis("update", service=service).stdout.splitlines()
    assert "  app/polite.py:1 imports app.greeting, which you deleted" in told
