"""Uses of what a step removes are found; names that only look alike are not."""

import ast

import pytest

from trellis.lifecycle.mentions import Removed, find_uses

OLD = {
    "app/database/config.py": b"class DatabaseSettings:\n    database_url: str = 'sqlite://'\n",
    "app/config.py": (
        b"from app.database.config import DatabaseSettings\n\n\n"
        b"class Settings(DatabaseSettings):\n    debug: bool = False\n"
    ),
    "app/dependencies.py": b"SettingsDep = Annotated[Settings, Depends(get_settings)]\n",
    "app/rooms.py": (
        b"LIMIT = 5\n\n\ndef receive() -> str: ...\n\n\n"
        b"class Room:\n    def send(self) -> None: ...\n    def close(self) -> None: ...\n"
    ),
    "tests/fixtures.py": (
        b"@pytest.fixture\ndef engine(): ...\n\n\n@pytest.fixture(scope='session')\ndef url(): ...\n"
    ),
}
NEW = {
    "app/config.py": b"class Settings:\n    debug: bool = False\n",
    "app/dependencies.py": OLD["app/dependencies.py"],
    "app/rooms.py": b"class Room:\n    def close(self) -> None: ...\n",
    "tests/fixtures.py": b"",
}


def uses(text: str, before: str = "", path: str = "app/mine.py") -> list[str]:
    removed = Removed.between(OLD, NEW, {path: text.encode()})
    found = sorted(set(find_uses(path, before.encode(), ast.parse(text), removed)))
    return [f"{line} {name}" for line, name in found]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("from app.rooms import LIMIT\n", ["1 LIMIT"]),
        ("from .rooms import receive as hear\n", ["1 receive"]),
        ("import app.rooms\n\napp.rooms.receive()\n", ["3 receive"]),
        ("from app import rooms as halls\n\nhalls.receive()\n", ["3 receive"]),
        ("def get(settings):\n    return settings.database_url\n", ["2 database_url"]),
        ("def get(app):\n    return app.state.settings.database_url\n", ["2 database_url"]),
        ("def get(mine: SettingsDep):\n    return mine.database_url\n", ["2 database_url"]),
        ("settings = Settings(\n    debug=True,\n    database_url='x',\n)\n", ["3 database_url"]),
        ("async def tell(room: Room):\n    await room.send()\n", ["2 send"]),
        ("def test_it(engine): ...\n", ["1 engine"]),
        ("@pytest.fixture\ndef rows(engine): ...\n", ["2 engine"]),
        ("pytestmark = pytest.mark.usefixtures('url')\n", ["1 url"]),
        ("@pytest.mark.usefixtures('url')\nclass Test: ...\n", ["1 url"]),
    ],
)
def test_use_of_what_is_removed_is_found(text: str, found: list[str]) -> None:
    assert uses(text) == found


@pytest.mark.parametrize(
    "text",
    [
        "async def app(scope, receive, send):\n    await receive()\n    await send({})\n",
        "receive = 1\nprint(receive)\n",
        "from mine.rooms import receive\n",
        "from app.rooms import Room\n",
        "def get(queue):\n    queue.send()\n    queue.database_url = 1\n",
        "def get(room: Room):\n    room.close()\n",
        "def connect(engine):\n    return engine\n",
        "def test_it():\n    engine = 1\n    assert engine\n",
        "LIMIT = 3\n",
        "class Mine:\n    send: int = 1\n\n    def receive(self):\n        return self.send\n",
        "settings = Settings(debug=True)\n",
    ],
)
def test_name_that_only_looks_alike_is_no_use(text: str) -> None:
    assert uses(text) == []


def test_import_that_goes_away_leaves_its_uses() -> None:
    before = "from app.rooms import Room\n\nROOMS = [Room()]\nMINE = Room()\n"
    assert uses("MINE = Room()\n", before) == ["1 Room"]
    assert uses("def get(Room):\n    return Room\n", before) == []


def test_name_that_the_user_defines_too_is_no_loss() -> None:
    text = "import pytest\n\n\n@pytest.fixture\ndef engine(): ...\n\n\ndef test_it(engine): ...\n"
    assert uses(text, path="tests/conftest.py") == []
