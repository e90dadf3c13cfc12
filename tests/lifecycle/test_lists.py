"""Lists that both the user and the template extended get the lines of both, where that is sound."""

import pytest

from trellis.lifecycle.merge import merge_file

PROJECT = """\
[project]
dependencies = [
    "fastapi>=1",
    "uvicorn>=1",
]

[tool.ruff]
line-length = 100
"""
MAIN = """\
from app.config import Settings
from app.zoo import version


def create_app(settings: Settings) -> FastAPI:
    app = FastAPI(
        title="Shop",
    )
    app.include_router(health)
    return app
"""
SCOPES = """\
SCOPES = {
    "items:read": "Read your items.",
}


class Settings:
    debug: bool = False
"""
COMPOSE = """\
services:
  app:
    image: shop
    environment:
      DEBUG: "1"

volumes:
  data:
"""
WORKFLOW = """\
jobs:
  test:
    steps:
      - run: uv sync
      - run: uv run pytest
"""


def added(text: str, *changes: tuple[str, str]) -> str:
    """Return a text with lines after each of these lines; an empty line stands for the end."""
    for after, lines in changes:
        assert after in text
        place = text.rindex(after) + len(after) + 1 if after else len(text)
        text = text[:place] + lines + text[place:]
    return text


def merged(path: str, base: str, mine: str, theirs: str) -> str:
    found = merge_file(path, base.encode(), mine.encode(), theirs.encode())
    return "CONFLICT" if found.conflict else found.data.decode()


@pytest.mark.parametrize(
    ("path", "base", "mine", "theirs", "wanted"),
    [
        (
            "pyproject.toml",
            PROJECT,
            (('"uvicorn>=1",', '    "anyio>=4",\n'), ("", "\n[tool.mine]\na = 1\n")),
            (('"uvicorn>=1",', '    "redis>=4",\n'), ("", 'target = "py311"\n\n[tool.theirs]\nb = 1\n')),
            (
                ('"uvicorn>=1",', '    "redis>=4",\n    "anyio>=4",\n'),
                ("", 'target = "py311"\n\n[tool.theirs]\nb = 1\n\n[tool.mine]\na = 1\n'),
            ),
        ),
        (
            "app/main.py",
            MAIN,
            (
                ("import Settings", "from app.notes import router\n"),
                ('"Shop",', '        version="1",\n'),
                ("(health)", "    app.include_router(router)\n"),
            ),
            (
                ("import Settings", "from app.jobs import jobs\n"),
                ('"Shop",', "        lifespan=lifespan,\n"),
                ("(health)", "    app.include_router(jobs)\n"),
            ),
            (
                ('"Shop",', '        lifespan=lifespan,\n        version="1",\n'),
                ("(health)", "    app.include_router(jobs)\n    app.include_router(router)\n"),
            ),
        ),
        (
            "app/auth/scopes.py",
            SCOPES,
            (('items.",', '    "notes:read": "Read notes.",\n'), ("", "    notes: int = 1\n")),
            (('items.",', '    "tasks:run": "Run jobs.",\n'), ("", "    tasks: int = 2\n")),
            (
                ('items.",', '    "tasks:run": "Run jobs.",\n    "notes:read": "Read notes.",\n'),
                ("", "    tasks: int = 2\n    notes: int = 1\n"),
            ),
        ),
        (
            "compose.yaml",
            COMPOSE,
            (('DEBUG: "1"', '      MINE: "2"\n  mail:\n    image: mail\n'), ("", "  mails:\n")),
            (('DEBUG: "1"', '      THEIRS: "3"\n  redis:\n    image: redis\n'), ("", "  rows:\n")),
            (
                (
                    'DEBUG: "1"',
                    (
                        '      THEIRS: "3"\n      MINE: "2"\n'
                        "  redis:\n    image: redis\n  mail:\n    image: mail\n"
                    ),
                ),
                ("", "  rows:\n  mails:\n"),
            ),
        ),
        (
            ".github/workflows/ci.yml",
            WORKFLOW,
            (("", "      - run: make\n"),),
            (("", "      - run: uv run alembic check\n"),),
            (("", "      - run: uv run alembic check\n      - run: make\n"),),
        ),
        (".gitignore", "a\n", (("", "mine\n"),), (("", "theirs\n"),), (("", "theirs\nmine\n"),)),
        (
            "README.md",
            "# Shop\n\n| a |\n|---|\n| 1 |\n",
            (("", "| 2 |\n"),),
            (("", "\n## Jobs\n\nText.\n"),),
            (("", "| 2 |\n\n## Jobs\n\nText.\n"),),
        ),
        (
            "README.md",
            "# Shop\n",
            (("", "\n## Notes\n"),),
            (("", "\n## Jobs\n"),),
            (("", "\n## Jobs\n\n## Notes\n"),),
        ),
        (
            "Dockerfile",
            "FROM python\n",
            (("", "COPY mine .\n"),),
            (("", "COPY x .\n"),),
            (("", "COPY x .\nCOPY mine .\n"),),
        ),
        (
            ".env.example",
            "# A=1\n",
            (("", "\n# B=2\n"),),
            (("", "\n# C=3\n"),),
            (("", "\n# C=3\n\n# B=2\n"),),
        ),
    ],
)
def test_both_sides_lines_are_there(
    path: str,
    base: str,
    mine: tuple[tuple[str, str], ...],
    theirs: tuple[tuple[str, str], ...],
    wanted: tuple[tuple[str, str], ...],
) -> None:
    expected = added(base, *wanted)
    if path == "app/main.py":
        imports = "from app.jobs import jobs\nfrom app.notes import router\nfrom app.zoo"
        expected = expected.replace("from app.zoo", imports)
    assert merged(path, base, added(base, *mine), added(base, *theirs)) == expected


def test_line_that_both_added_is_there_once() -> None:
    mine, theirs = (
        added(PROJECT, ('"uvicorn>=1",', f'    "{name}",\n    "redis>=4",\n')) for name in ("anyio", "mail")
    )
    text = merged("pyproject.toml", PROJECT, mine, theirs)
    assert text.count("redis") == text.count("anyio") == text.count("mail") == 1


def test_import_beside_one_that_goes_away_stays() -> None:
    base = "from app.a import a\nfrom app.b import b\nfrom app.d import d\n"
    mine = base.replace("from app.d", "from app.c import c\nfrom app.d")
    theirs = base.replace("from app.b import b\n", "")
    assert merged("app/main.py", base, mine, theirs) == mine.replace("from app.b import b\n", "")


@pytest.mark.parametrize(
    ("path", "line", "mine", "theirs", "wanted"),
    [
        ("pyproject.toml", 'a = ["x"] # why\n', '"x", "mine"', '"x", "theirs"', '"x", "theirs", "mine"'),
        ("pyproject.toml", "a = []\n", '"mine"', '"theirs"', '"theirs", "mine"'),
        ("compose.yaml", "networks: [app]\n", "app, mine", "front, app", "front, app, mine"),
        ("app/x.py", "from typing import Any\n", "Any, Self", "Literal, Any", "Literal, Any, Self"),
    ],
)
def test_both_sides_elements_are_in_a_list_in_one_line(
    path: str, line: str, mine: str, theirs: str, wanted: str
) -> None:
    before, after = ("import ", "\n") if "import" in line else ("[", "]")
    inner = line.split(before)[1].split(after, maxsplit=1)[0]

    def with_elements(text: str) -> str:
        return line.replace(f"{before}{inner}{after}", f"{before}{text}{after}")

    sides = [with_elements(text) for text in (mine, theirs)]
    assert merged(path, line, *sides) == with_elements(wanted)


@pytest.mark.parametrize(
    ("path", "base", "mine", "theirs"),
    [
        ("app/scopes.py", 'X = {\n    "a": 1,\n>}\n', '    "b": 2,\n', '    "b": 3,\n'),
        ("app/jobs.py", "def f(\n    a,\n>): ...\n", "    b: int = 1,\n", "    b: int = 2,\n"),
        ("app/main.py", "def f():\n>    return 1\n", "    x = 1\n", "    y = 1\n"),
        (
            "app/main.py",
            "def f(app):\n    for one in app:\n        one.start()\n>",
            "        if one.failed:\n            raise SystemExit\n",
            "        one.wait(5)\n",
        ),
        ("compose.yaml", "services:\n  app: 1\n>", "  redis: 1\n", "  redis: 2\n"),
        ("pyproject.toml", "[tool]\na = 1\n>", "b = 1\n", "b = 2\n"),
        (".gitignore", "a\n>", "!mine\n", "theirs\n"),
        ("README.md", ">Text.\n", "More.\n", ""),
        ("deploy/nginx.conf", "http {\n>}\n", "mine;\n", "theirs;\n"),
    ],
)
def test_what_is_not_sound_stays_in_conflict(path: str, base: str, mine: str, theirs: str) -> None:
    """Both sides' lines come where `>` stands; an empty side takes the line after it away."""
    before, after = base.split(">")
    texts = [before + (lines + after if lines else after.partition("\n")[2]) for lines in (mine, theirs)]
    assert merged(path, before + after, *texts) == "CONFLICT"


@pytest.mark.parametrize(
    ("path", "base", "mine", "theirs"),
    [
        ("app/main.py", "x = f(1)\n", "x = f(1, 2)\n", "x = f(1, 3)\n"),
        ("pyproject.toml", "a = [1]\n", "a = [2]\n", "a = [3]\n"),
        ("pyproject.toml", "a = 1\n", "a = 2\n", "a = 3\n"),
    ],
)
def test_line_that_both_changed_stays_in_conflict(path: str, base: str, mine: str, theirs: str) -> None:
    assert merged(path, base, mine, theirs) == "CONFLICT"
