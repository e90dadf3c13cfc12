from collections.abc import Callable
from pathlib import Path

import pytest

from tests.proof.conftest import TEMPLATE
from trellis.rendering.combinations import BadTemplateError
from trellis.rendering.enumeration import find_combinations
from trellis.rendering.renderer import Renderer
from trellis.rendering.source import SERVICE, opened
from trellis.rendering.tree import Tree

Change = Callable[[str, str, str], None]


def test_every_tree_is_what_copier_writes(tmp_path: Path) -> None:
    with opened(TEMPLATE) as source:
        renderer = Renderer(source)
        for number, combination in enumerate(find_combinations(source).valid):
            folder = tmp_path / str(number) / SERVICE
            source.copy(combination.changes, folder)
            assert Tree.read(folder).difference(renderer.tree(combination)) == []


def test_each_file_is_rendered_once_for_what_it_reads() -> None:
    with opened(TEMPLATE) as source:
        renderer = Renderer(source)
        for combination in find_combinations(source).valid:
            renderer.tree(combination)
        renderings = renderer.renderings()
    assert renderings["app/greeting.py"] == 2
    assert renderings["app/store/__init__.py"] == 3
    assert renderings["pyproject.toml"] == 2
    assert renderings[".copier-answers.yml"] == 7
    assert renderings["serve"] == 1


def test_mode_of_a_file_is_kept() -> None:
    with opened(TEMPLATE) as source:
        tree = Renderer(source).tree(find_combinations(source).valid[0])
    assert tree.files["serve"].mode & 0o111
    assert not tree.files["README.md"].mode & 0o111


def test_reads_in_what_a_macro_imports_with_context_count(template: Path, change: Change) -> None:
    change("template/text.jinja", "greeting(loud) %}", "greeting(_) %}{{ store }}")
    change("template/project/app/greeting.py.jinja", "import greeting %}", "import greeting with context %}")
    with opened(template) as source:
        renderer = Renderer(source)
        trees = [
            renderer.tree(combination) for combination in find_combinations(source, {"loud": "no"}).valid
        ]
    assert len({tree.files["app/greeting.py"].id for tree in trees}) == 3


@pytest.mark.parametrize("name", ["{{ store }}.txt", "{% if loud %}loud{% endif %}.txt.jinja"])
def test_jinja_in_a_path_is_refused(template: Path, name: str) -> None:
    (template / "template/project" / name).touch()
    with (
        opened(template) as source,
        pytest.raises(BadTemplateError, match="does not support Jinja in paths"),
    ):
        Renderer(source)


def test_two_files_for_one_path_are_refused(template: Path) -> None:
    (template / "template/project/README.md").touch()
    with opened(template) as source, pytest.raises(BadTemplateError, match="two files for this path"):
        Renderer(source)
