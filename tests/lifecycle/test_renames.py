"""What a newer version of the template renamed is renamed in the service, with the user's lines."""

import pytest

from tests.lifecycle.test_layout import CONFIG, MAIN, MODELS, OLD, moved, renamed
from trellis.lifecycle.follow_renames import carry
from trellis.lifecycle.layout import arrange
from trellis.lifecycle.merge import Merge, merge
from trellis.lifecycle.modules import module_of
from trellis.lifecycle.renames import find_renames
from trellis.lifecycle.rendered import Files, Rendering

PRICES = b'''"""Prices."""

TAX = 19


def gross(net: int) -> int:
    return net + net * TAX // 100


def net(gross: int) -> int:
    return gross * 100 // (100 + TAX)


def rounded(price: int) -> int:
    return price // 100 * 100
'''
REWRITTEN = b'''"""Amounts of money, in cents."""

from decimal import Decimal

TAX = Decimal("0.19")
FULL = 1 + TAX


def gross(net: int) -> int:
    """Return a price with tax."""
    return int(net * FULL)


def net(gross: int) -> int:
    """Return a price without tax."""
    return int(gross / FULL)


def rounded(price: int) -> int:
    """Return a price in whole euros."""
    return price // 100 * 100
'''


def step(mine: Files, new: Files, old: Files = OLD) -> tuple[Merge, dict[str, bytes]]:
    """Return the merge of an update, and the service's files afterwards."""
    carried = carry(Rendering(old), mine, Rendering(new))
    arrangement = arrange(carried.old, carried.mine, Rendering(new))
    merged = merge(arrangement.old.files, carried.mine, arrangement.new.files)
    files = {**carried.mine, **merged.written}
    return merged, {path: data for path, data in files.items() if path not in merged.removed}


def updated(mine: Files, new: Files, old: Files = OLD) -> dict[str, bytes]:
    """Return a service's files after an update without conflicts."""
    merged, files = step(mine, new, old)
    assert (merged.conflicts, merged.unapplied, merged.left_out) == ([], [], [])
    return files


def rename(files: Files, *changes: tuple[str, str]) -> dict[str, bytes]:
    """Return files in other places, with what they import from there."""
    found = moved(files, *changes)
    for old, new in changes:
        found = renamed(found, module_of(old).encode(), module_of(new).encode())
    return found


def edited(files: Files, path: str, old: bytes, new: bytes) -> dict[str, bytes]:
    assert old in files[path]
    return {**files, path: files[path].replace(old, new)}


def test_edited_module_is_merged_under_its_new_name() -> None:
    newer = edited(
        rename(OLD, ("app/main.py", "app/server.py")), "app/server.py", b"FastAPI()", b"FastAPI(x=1)"
    )
    mine = edited(OLD, "app/main.py", b"The application.", b"Ours.")
    assert updated(mine, newer) == edited(newer, "app/server.py", b"The application.", b"Ours.")


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (b"from app.main import create_app", b"from app.web.server import create_app"),
        (b"from .main import create_app as app", b"from app.web.server import create_app as app"),
        (
            b"from app.main import (\n    create_app,  # ours\n)",
            b"from app.web.server import (\n    create_app,  # ours\n)",
        ),
        (b"from app import main", b"from app.web import server as main"),
        (b"from app import main as web", b"from app.web import server as web"),
        (b"from . import main", b"from app.web import server as main"),
        (b"import app.main as web", b"import app.web.server as web"),
        (
            b"import app.main\n\napp.main.create_app()",
            b"import app.web.server\n\napp.web.server.create_app()",
        ),
        (b"def late():\n    import app.main, sys", b"def late():\n    import app.web.server, sys"),
        ("é = 1; from app.main import *".encode(), "é = 1; from app.web.server import *".encode()),
        (b"WHERE = 'app.main:create_app'", b"WHERE = 'app.web.server:create_app'"),
        (b"import application.main\n\nx.app.main()", b"import application.main\n\nx.app.main()"),
        (
            b"# app.main and app.mainly\nfrom app.mainly import x",
            b"# app.main and app.mainly\nfrom app.mainly import x",
        ),
        (b"from app import config, main", b"from app import config, main"),
    ],
)
def test_own_module_imports_from_the_new_name(before: bytes, after: bytes) -> None:
    newer = {**rename(OLD, ("app/main.py", "app/web/server.py")), "app/web/__init__.py": b""}
    found = updated({**OLD, "app/own.py": before}, newer)
    assert found == {**newer, "app/own.py": after}


def test_sorted_imports_stay_sorted() -> None:
    newer = rename(OLD, ("app/config.py", "app/settings.py"))
    newer["app/main.py"] = newer["app/items/router.py"] = b""
    own = b"from app.config import Settings\nfrom app.logging import log\n"
    found = updated({**OLD, "app/own.py": own, "app/main.py": b""}, newer)
    assert found["app/own.py"] == b"from app.logging import log\nfrom app.settings import Settings\n"


def test_own_files_go_with_a_renamed_package() -> None:
    newer = rename(OLD, ("app/items/", "app/products/"), ("tests/items/", "tests/products/"))
    own = b"from app.items.models import Item\nfrom .router import router\n"
    mine = edited(OLD, "app/items/models.py", b"name: str", b"name: str = ''")
    mine |= {
        "app/items/own.py": own,
        "app/own.py": b"from app.items.own import router\n",
        "items/own.py": b"#\n",
    }
    expected = edited(newer, "app/products/models.py", b"name: str", b"name: str = ''")
    expected |= {
        "app/products/own.py": own.replace(b"items", b"products"),
        "app/own.py": b"from app.products.own import router\n",
        "items/own.py": b"#\n",
    }
    assert updated(mine, newer) == expected


def test_file_that_the_user_moved_stays_there() -> None:
    newer = edited(
        rename(OLD, ("app/main.py", "app/server.py")), "app/server.py", b"FastAPI()", b"FastAPI(x=1)"
    )
    newer["app/run.py"] = b"from app.server import create_app\n"
    mine = {**rename(OLD, ("app/main.py", "app/mine/web.py")), "app/own.py": b"import app.mine.web\n"}
    expected = edited(mine, "app/mine/web.py", b"FastAPI()", b"FastAPI(x=1)")
    assert updated(mine, newer) == {**expected, "app/run.py": b"from app.mine.web import create_app\n"}


def test_file_that_the_user_renamed_alike_is_merged() -> None:
    newer = edited(
        rename(OLD, ("app/main.py", "app/server.py")), "app/server.py", b"FastAPI()", b"FastAPI(x=1)"
    )
    mine = edited(
        rename(OLD, ("app/main.py", "app/server.py")), "app/server.py", b"The application.", b"Ours."
    )
    assert updated(mine, newer) == edited(newer, "app/server.py", b"The application.", b"Ours.")


def test_file_is_renamed_within_a_folder_that_the_user_moved() -> None:
    newer = rename(OLD, ("app/items/models.py", "app/items/tables.py"))
    mine = rename(OLD, ("app/items/", "app/goods/"))
    mine = edited(mine, "app/goods/models.py", b"name: str", b"name: str = ''")
    mine["app/own.py"] = b"from app.goods.models import Item\n"
    expected = rename(newer, ("app/items/", "app/goods/"))
    expected = edited(expected, "app/goods/tables.py", b"name: str", b"name: str = ''")
    assert updated(mine, newer) == {**expected, "app/own.py": b"from app.goods.tables import Item\n"}


def test_package_that_both_renamed_has_the_users_name() -> None:
    newer = rename(OLD, ("app/items/", "app/products/"))
    mine = rename(OLD, ("app/items/", "app/goods/"))
    assert updated(mine, newer) == mine


def test_heavily_changed_module_is_found_by_the_names_in_it() -> None:
    old, newer = {**OLD, "app/prices.py": PRICES}, {**OLD, "app/money.py": REWRITTEN}
    last = b"    return price // 100 * 100\n"
    mine = edited(old, "app/prices.py", last, last + b"\n\nMINE = 1\n")
    mine["app/own.py"] = b"from app.prices import MINE\n"
    expected = edited(newer, "app/money.py", last, last + b"\n\nMINE = 1\n")
    assert updated(mine, newer, old) == {**expected, "app/own.py": b"from app.money import MINE\n"}


def test_of_two_files_in_one_the_closer_one_is_followed() -> None:
    taxes = b"from app.prices import TAX\n\n" + b"\n".join(PRICES.splitlines()[2:8])
    old = {**OLD, "app/prices.py": PRICES, "app/taxes.py": taxes}
    newer = {**OLD, "app/money.py": PRICES + b"\n\nEURO = 100\n"}
    mine = edited(old, "app/prices.py", b"Prices.", b"Our prices.")
    merged, files = step(mine, newer, old)
    assert (merged.conflicts, merged.removed) == ([], ["app/taxes.py"])
    assert files == edited(newer, "app/money.py", b"Prices.", b"Our prices.")


@pytest.mark.parametrize("changes", [("router", "models"), ("router", "models", "tables")])
def test_swapped_and_passed_on_names_are_followed(changes: tuple[str, ...]) -> None:
    old = {**OLD, "app/items/tables.py": PRICES} if "tables" in changes else OLD
    names = {
        f"app/items/{name}.py": f"app/items/{changes[place - 1]}.py" for place, name in enumerate(changes)
    }
    newer = {names.get(path, path): data for path, data in old.items()}
    newer = {path: data.replace(b"items.models", b"ITEMS.router") for path, data in newer.items()}
    mine = edited(old, "app/items/models.py", b"name: str", b"name: str = ''")
    assert find_renames(old, newer).files == names
    found = updated({**mine, "app/own.py": b"from app.items import models, router\n"}, newer, old)
    place = names["app/items/models.py"]
    assert b"name: str = ''" in found[place]
    assert module_of(place).rpartition(".")[2].encode() + b" as models" in found["app/own.py"]


def test_file_that_the_user_deleted_stays_deleted() -> None:
    newer = rename(OLD, ("app/main.py", "app/server.py"))
    mine = {path: data for path, data in OLD.items() if path != "app/main.py"}
    assert updated(mine, newer) == mine
    merged, _ = step(mine, edited(newer, "app/server.py", b"FastAPI()", b"FastAPI(x=1)"))
    assert (merged.unapplied, merged.written) == (["app/server.py"], {})


def test_package_that_the_user_deleted_stays_away() -> None:
    newer = rename(OLD, ("app/items/", "app/products/"), ("tests/items/", "tests/products/"))
    newer["app/all.py"] = b"from app.products.models import Item\n\nALL = [Item, 1]\n"
    mine = {path: data for path, data in OLD.items() if "/items/" not in path}
    mine["app/main.py"] = b"".join(line for line in MAIN.splitlines(keepends=True) if b"items" not in line)
    carried = carry(Rendering(OLD), mine, Rendering(newer))
    assert (carried.mine, carried.pairs) == (mine, [])
    assert updated(mine, newer) == {**mine, "app/all.py": b"\nALL = [1]\n"}


def test_own_files_of_the_same_name_survive_two_packages_in_one() -> None:
    old = {**OLD, "app/prices/__init__.py": b"", "app/prices/taxes.py": PRICES}
    changes = ("app/items/", "app/shop/"), ("app/prices/taxes.py", "app/shop/taxes.py")
    newer = {path: data for path, data in rename(old, *changes).items() if "prices" not in path}
    mine = {**old, "app/items/own.py": b"ONE = 1\n", "app/prices/own.py": b"TWO = 2\n"}
    assert {b"ONE = 1\n", b"TWO = 2\n"} < {*updated(mine, newer, old).values()}


def test_split_file_is_not_renamed() -> None:
    lines = PRICES.splitlines(keepends=True)
    old = {**OLD, "app/prices.py": PRICES}
    newer = {**OLD, "app/tax.py": b"".join(lines[:8]), "app/amounts.py": b"".join(lines[8:])}
    assert find_renames(old, newer).files == {}
    merged, _ = step(old, newer, old)
    assert merged.removed == ["app/prices.py"]


def test_file_of_the_users_is_never_replaced() -> None:
    newer = rename(OLD, ("app/main.py", "app/server.py"))
    mine = edited({**OLD, "app/server.py": b"MINE = 1\n"}, "app/main.py", b"The application.", b"Ours.")
    merged, _ = step(mine, newer)
    assert (merged.conflicts, merged.removed) == (["app/server.py"], ["app/main.py"])


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ({"app/__init__.py": b'"""Ours."""\n'}, {"app/b/__init__.py": b'"""Ours."""\n'}),
        ({"migrations/versions/0001_a.py": MODELS}, {"migrations/versions/0001_b.py": MODELS}),
        ({"app/a.py": CONFIG}, {"app/b.py": MODELS}),
        ({"app/a.py": b""}, {"app/b.py": b""}),
    ],
)
def test_other_files_are_not_renamed(old: Files, new: Files) -> None:
    assert find_renames({**OLD, **old}, {**OLD, **new}).files == {}
