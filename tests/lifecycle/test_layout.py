"""What the template renders is put where the user moved it, and leaves out what the user deleted."""

import pytest

from trellis.lifecycle.layout import Arrangement, arrange
from trellis.lifecycle.merge import merge
from trellis.lifecycle.moves import Moves, find_moves
from trellis.lifecycle.rendered import Files, Rendering

ROUTER = b'''"""Items."""

from fastapi import APIRouter

from app.config import Settings
from app.items.models import Item

router = APIRouter(prefix="/items")


@router.get("/{name}")
def read(name: str, settings: Settings) -> Item:
    return Item(name)
'''
MODELS = b'''"""What is kept of an item."""

from dataclasses import dataclass


@dataclass
class Item:
    """An item."""

    name: str
'''
MAIN = b'''"""The application."""

from fastapi import FastAPI

from app.config import Settings
from app.items.router import router as items_router
from app.logging import log


def create_app(settings: Settings) -> FastAPI:
    log("start")
    app = FastAPI()
    app.include_router(items_router, prefix="/api/v1")
    return app
'''
CONFIG = b"class Settings:\n    debug: bool = False\n"
TEST = b"""from app.items.models import Item


def test_item_has_a_name(monkeypatch) -> None:
    monkeypatch.setattr("app.items.models.Item.name", "Chair")
    assert Item("Chair").name == "Chair"
"""
OLD: Files = {
    "README.md": b"# Shop\n",
    "app/__init__.py": b"",
    "app/config.py": CONFIG,
    "app/items/__init__.py": b"",
    "app/items/models.py": MODELS,
    "app/items/router.py": ROUTER,
    "app/main.py": MAIN,
    "tests/items/__init__.py": b"",
    "tests/items/test_models.py": TEST,
}
JOBS = b'''"""Jobs."""

from app.items.jobs import DAILY, REPORT
from app.tasks import Job

JOBS = by_name(
    Job("mail"),
    REPORT,
    # Yours:
)
ALL = [DAILY, "other", REPORT]
'''


def moved(files: Files, *changes: tuple[str, str]) -> dict[str, bytes]:
    """Return files in other folders, or under other names."""
    found = dict(files)
    for old, new in changes:
        found = {
            (new + path.removeprefix(old) if path.startswith(old) else path): data
            for path, data in found.items()
        }
    return found


def renamed(files: Files, old: bytes, new: bytes) -> dict[str, bytes]:
    """Return files with another name in all texts."""
    return {path: data.replace(old, new) for path, data in files.items()}


def arranged(mine: Files, new: Files) -> Arrangement:
    return arrange(Rendering(OLD), mine, Rendering(new))


def after(mine: Files, new: Files) -> dict[str, bytes]:
    """Return a service's files after a step without conflicts."""
    arrangement = arranged(mine, new)
    merged = merge(arrangement.old.files, mine, arrangement.new.files)
    assert (merged.conflicts, merged.unapplied) == ([], [])
    return {path: data for path, data in {**mine, **merged.written}.items() if path not in merged.removed}


@pytest.mark.parametrize(
    ("changes", "folders"),
    [
        ([("app/items/", "app/products/")], {"app/items": "app/products"}),
        ([("app/", "shop/")], {"app": "shop"}),
        ([("app/", "src/app/")], {"app": "src/app"}),
        ([("app/", "shop/"), ("shop/items/", "shop/goods/")], {"app": "shop", "app/items": "shop/goods"}),
        ([("app/main.py", "app/application.py")], {}),
        ([("tests/items/test_models.py", "tests/unit/test_items.py")], {}),
    ],
)
def test_moved_files_are_found(changes: list[tuple[str, str]], folders: dict[str, str]) -> None:
    mine = moved(OLD, *changes)
    moves = find_moves(OLD, mine)
    for path in OLD:
        [place] = moved({path: b""}, *changes)
        assert moves.place(path) == place
    assert folders.items() <= dict(moves.folders).items()


def test_nothing_moves_where_nothing_is_missing() -> None:
    assert find_moves(OLD, {**OLD, "app/copy.py": ROUTER}).files == {}


def test_deleted_file_is_not_moved_to_an_empty_or_another_one() -> None:
    mine = {path: data for path, data in OLD.items() if "items" not in path}
    mine |= {"app/notes/__init__.py": b"", "app/notes/models.py": b"NOTES = 1\n"}
    assert find_moves(OLD, mine).files == {}


@pytest.mark.parametrize(
    ("changes", "old", "new"),
    [
        ([("app/items/", "app/products/")], b"app.items", b"app.products"),
        ([("app/", "shop/")], b"app.", b"shop."),
        ([("app/items/router.py", "app/items/routes.py")], b"app.items.router", b"app.items.routes"),
    ],
)
def test_changes_come_to_moved_files_with_the_imports_as_they_are_now(
    changes: list[tuple[str, str]], old: bytes, new: bytes
) -> None:
    def in_users_form(files: Files) -> dict[str, bytes]:
        texts = renamed(moved(files, *changes), b" " + old, b" " + new)
        return renamed(texts, b'"' + old, b'"' + new)

    mine = in_users_form(OLD)
    mine["app/own.py" if "app/main.py" in mine else "shop/own.py"] = b"MINE = 1\n"
    newer = {
        **OLD,
        "app/items/models.py": MODELS + b"    price: int = 0\n",
        "app/items/jobs.py": b"from app.items.models import Item\n\nREPORT = Item\n",
        "app/main.py": MAIN.replace(b"\n\ndef create", b"from app.users import users\n\n\ndef create"),
        "app/users.py": b"from app.config import Settings\n\nusers = Settings\n",
        "tests/items/test_models.py": TEST
        + b"\n\ndef test_price() -> None:\n    assert not Item('A').price\n",
    }
    found = after(mine, newer)
    own = {path: data for path, data in found.items() if path.endswith("own.py")}
    assert found == in_users_form(newer) | own


def test_moved_and_edited_file_gets_the_change_beside_the_users() -> None:
    mine = moved(OLD, ("app/items/router.py", "app/items/endpoints.py"))
    mine["app/items/endpoints.py"] = ROUTER.replace(b'"""Items."""', b'"""All items."""')
    newer = {**OLD, "app/items/router.py": ROUTER + b"\n\nLIMIT = 10\n"}
    found = after(mine, newer)
    assert found["app/items/endpoints.py"] == mine["app/items/endpoints.py"] + b"\n\nLIMIT = 10\n"
    assert "app/items/router.py" not in found


def test_removal_reaches_moved_files() -> None:
    mine = moved(OLD, ("app/items/", "app/products/"))
    newer = {path: data for path, data in OLD.items() if path != "app/items/models.py"}
    assert "app/products/models.py" not in after(mine, newer)


def test_new_file_of_a_folder_that_was_split_keeps_its_place() -> None:
    changes = [("app/items/models.py", "app/a/models.py"), ("app/items/router.py", "app/b/router.py")]
    mine = moved(OLD, *changes)
    newer = {
        **OLD,
        "app/items/jobs.py": b"JOBS = 1\n",
        "app/items/models.py": MODELS + b"    price: int = 0\n",
    }
    found = after(mine, newer)
    assert found["app/items/jobs.py"] == b"JOBS = 1\n"
    assert found["app/a/models.py"].endswith(b"price: int = 0\n")


@pytest.fixture
def without_items() -> dict[str, bytes]:
    """Return the service after its user deleted the example."""
    mine = {path: data for path, data in OLD.items() if "/items/" not in path}
    lines = MAIN.splitlines(keepends=True)
    mine["app/main.py"] = b"".join(line for line in lines if b"items" not in line)
    return mine


def test_what_uses_a_deleted_package_is_left_out(without_items: dict[str, bytes]) -> None:
    newer = {
        **OLD,
        "app/items/jobs.py": b"REPORT = DAILY = 1\n",
        "app/tasks/jobs.py": JOBS,
        "app/main.py": MAIN.replace(b"    return", b"    app.include_router(tasks)\n    return"),
    }
    arrangement = arranged(without_items, newer)
    merged = merge(arrangement.old.files, without_items, arrangement.new.files)
    assert (merged.conflicts, merged.unapplied, merged.removed) == ([], [], [])
    assert merged.left_out == ["app/items/jobs.py"]
    assert list(arrangement.deleted) == ["app/items", "tests/items"]
    assert merged.written["app/main.py"].endswith(b"    app.include_router(tasks)\n    return app\n")
    assert merged.written["app/tasks/jobs.py"].decode() == (
        '"""Jobs."""\n\nfrom app.tasks import Job\n\n'
        'JOBS = by_name(\n    Job("mail"),\n    # Yours:\n)\nALL = ["other"]\n'
    )


def test_code_that_needs_a_deleted_package_stays_whole(without_items: dict[str, bytes]) -> None:
    text = b"from app.items.models import Item\n\n\ndef price(item: Item) -> int:\n    return 1\n"
    arrangement = arranged(without_items, {**OLD, "app/prices.py": text})
    assert arrangement.new.files["app/prices.py"] == text


def test_change_to_a_deleted_file_is_not_applied() -> None:
    mine = {path: data for path, data in OLD.items() if path != "app/config.py"}
    newer = {**OLD, "app/config.py": CONFIG + b"    limit: int = 5\n"}
    arrangement = arranged(mine, newer)
    merged = merge(arrangement.old.files, mine, arrangement.new.files)
    assert (merged.unapplied, merged.written) == (["app/config.py"], {})


def test_deleted_file_that_the_template_leaves_alone_is_not_told() -> None:
    mine = {path: data for path, data in OLD.items() if path != "app/config.py"}
    merged = merge(OLD, mine, {**OLD, "README.md": b"# Other\n"})
    assert (merged.unapplied, merged.left_out) == ([], [])


def test_folder_in_which_every_name_changed_is_found_by_the_names_of_its_files() -> None:
    mine = moved(OLD, ("app/items/", "app/products/"))
    mine["app/products/router.py"] = b"PRODUCTS = 1\n"
    assert find_moves(OLD, mine).folders == {"app/items": "app/products"}


def test_package_of_the_users_in_the_form_of_the_example_is_not_the_example() -> None:
    mine = {path: data for path, data in OLD.items() if "items" not in path}
    mine |= {f"app/notes/{name}.py": b"NOTES = 1\n" for name in ("__init__", "models", "router")}
    assert find_moves(OLD, mine) == Moves()


def test_file_is_found_although_another_took_its_place() -> None:
    mine = moved(OLD, ("app/main.py", "app/application.py"))
    mine["app/main.py"] = b"from app.application import create_app\n\napp = create_app()\n"
    newer = {**OLD, "app/main.py": MAIN.replace(b"    return", b"    app.include_router(tasks)\n    return")}
    found = after(mine, newer)
    assert found["app/main.py"] == mine["app/main.py"]
    assert found["app/application.py"].endswith(b"    app.include_router(tasks)\n    return app\n")


def test_rewritten_file_stays_where_it_is() -> None:
    assert find_moves(OLD, {**OLD, "app/main.py": b"app = 1\n", "app/other.py": b"OTHER = 1\n"}) == Moves()
