"""A linter's verdict on a file depends on the file and on little else."""

import pytest

from trellis.proof.cases import Case
from trellis.proof.checks.placed import placed_files
from trellis.rendering.combinations import Combination
from trellis.rendering.tree import File

FILES = {
    "app/__init__.py": "",
    "app/main.py": "from fastapi import FastAPI\n\nfrom app.items import router\n",
    "app/items/router.py": "",
    "pyproject.toml": "[tool.ruff]\n",
    "tests/test_main.py": "import app.main\n",
}


def placed(**changes: str | None) -> set[str]:
    """Return the files that are judged again after these changes of a tree."""
    names = {"items": "app/items/router.py", "init": "app/__init__.py", "settings": "pyproject.toml"}
    after = FILES | {names.get(name, f"{name}.py"): text for name, text in changes.items()}
    return {str(key[0]) for key in of(after) - of(FILES) if isinstance(key, tuple)}


def of(files: dict[str, str] | dict[str, str | None]) -> frozenset[object]:
    kept = {name: File.of(text.encode()) for name, text in files.items() if text is not None}
    return placed_files(Case(kept, Combination((), {})))


@pytest.mark.parametrize(
    ("changes", "judged"),
    [
        ({}, set()),
        ({"other": "x = 1\n"}, {"other.py"}),
        ({"fastapi": ""}, {"fastapi.py", "app/main.py"}),
        ({"items": None}, {"app/main.py"}),
        ({"items": "x = 1\n"}, {"app/items/router.py"}),
        ({"init": None}, {"app/main.py", "app/items/router.py"}),
        ({"settings": "[tool.ruff]\nline-length = 80\n"}, set(FILES)),
    ],
)
def test_file_is_judged_again_where_something_that_counts_changes(
    changes: dict[str, str | None], judged: set[str]
) -> None:
    assert placed(**changes) == judged
