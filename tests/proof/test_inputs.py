import tomllib

from tests.proof.conftest import TEMPLATE
from trellis.proof.cases import Cases
from trellis.rendering.enumeration import find_combinations
from trellis.rendering.reads import Reads, reduced, toml
from trellis.rendering.renderer import Renderer
from trellis.rendering.source import opened
from trellis.rendering.tree import File

PROJECT = b"""
[project]
name = "caf\\u00e9 \\"x\\""
dependencies = ["a>=1", "b[x]>=2"]

[tool.ruff]
line-length = 100

[tool.ruff.lint.per-file-ignores]
"tests/**" = ["S101"]

[tool.other]
on = true
"""


def test_project_is_reduced_to_the_tables_that_are_read() -> None:
    content = tomllib.loads(PROJECT.decode())
    data = reduced(File.of(PROJECT), ("project.name", "tool.ruff", "tool.absent", "absent")).data.decode()
    assert tomllib.loads(data) == {
        "project": {"name": content["project"]["name"]},
        "tool": {"ruff": content["tool"]["ruff"]},
    }


def test_invalid_project_stays_as_it_is() -> None:
    broken = File.of(b"[project")
    assert reduced(broken, ("tool.ruff",)) is broken


def test_values_survive_being_written_in_toml() -> None:
    values = {"text": 'a "b"\n\\ é 𝄞', "list": [1, 2.5, True, {"x": ["y"]}], "a key": {"b.c": "d"}}
    assert tomllib.loads(f"value = {toml(values)}") == {"value": values}


def cases_of(reads: Reads, *, file_by_file: bool = False) -> list[tuple[list[str], int]]:
    cases = Cases(reads, file_by_file)
    with opened(TEMPLATE) as source:
        renderer = Renderer(source)
        for combination in find_combinations(source).valid:
            cases.add(combination, renderer.tree(combination))
    return [(sorted(case.files), case.sharing) for case in cases]


def test_equal_inputs_are_one_case() -> None:
    assert cases_of(Reads(("/app/greeting.py",))) == [(["app/greeting.py"], 4), (["app/greeting.py"], 3)]


def test_what_is_not_read_is_not_there() -> None:
    assert cases_of(Reads(("*.md",), ("tool.coverage",))) == [
        (["README.md", "pyproject.toml"], 1),
        (["README.md", "pyproject.toml"], 2),
        (["README.md", "pyproject.toml"], 1),
        (["README.md", "pyproject.toml"], 1),
        (["README.md", "pyproject.toml"], 2),
    ]


def test_file_by_file_each_content_is_one_case() -> None:
    assert cases_of(Reads(("/serve", "/app/*.py")), file_by_file=True) == [
        (["app/__init__.py"], 7),
        (["app/greeting.py"], 4),
        (["serve"], 7),
        (["app/greeting.py"], 3),
    ]
