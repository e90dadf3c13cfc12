"""Services of a covering set are brought from every older version to this one, with a user's edits."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from itertools import chain
from multiprocessing import get_context
from pathlib import Path

import pytest

from trellis.lifecycle.versions import parsed
from trellis.proof.covering import covering_set
from trellis.proof.steps.edits import common_edits, edited
from trellis.proof.steps.execution import Job, make_steps, rendered_by, tag_template
from trellis.rendering.combinations import Combination
from trellis.rendering.enumeration import find_combinations
from trellis.rendering.renderer import Renderer
from trellis.rendering.source import Source, opened
from trellis.template_source import template_root

pytestmark = pytest.mark.combinations

OLD, NEW = "v1.0.0", "v2.0.0"
LIKE = {
    "python_version": "3.12",
    "auth": "jwt",
    "tasks": "none",
    "websockets": "redis",
    "server": "granian",
    "deployment": "docker",
    "ci": "github",
}
"""What the updated services have in common."""
MADE_UP = "a version that differs in every kind of way"
HIDDEN_STYLE = """database_style:
  type: str
  when: false
  default: "{{ db_style if database in ['sqlite', 'postgresql'] else 'async' }}"

"""


def tags() -> list[str]:
    listed = subprocess.run(["git", "tag"], cwd=template_root(), capture_output=True, text=True, check=True)  # noqa: S607
    return [tag for tag in listed.stdout.split() if parsed(tag)]


def replace(root: Path, name: str, *changes: tuple[str, str]) -> None:
    path = root / name
    text = path.read_text(encoding="utf-8")
    for old, new in changes:
        assert old in text, (name, old)
        text = text.replace(old, new)
    path.write_text(text, encoding="utf-8")


def make_older(root: Path) -> None:
    """Turn a copy of the template into what an older version may have been."""
    app = root / "template" / "project" / "app"
    (app / "docs.py").rename(app / "pages.py")  # a file is renamed, wiring changed
    replace(root, "template/project/app/bootstrap.py", ("app.docs", "app.pages"))
    (app / "static" / "public" / "icon.svg").unlink()  # a feature's file is added
    replace(
        root,
        "template/features/static_files/feature.yml",
        (
            "static_files:\n  type: bool\n",
            "static_files:\n  type: bool\n  when: false\n",
        ),  # a question is added
    )
    replace(root, "copier.yml", ("structlog>=26.1.0", "structlog>=25.5.0"))  # a dependency is bumped
    replace(  # a question is renamed
        root,
        "template/features/database/feature.yml",
        ("database_style:\n  type: str\n", "db_style:\n  type: str\n"),
        ("sql:\n  type: bool\n", f"{HIDDEN_STYLE}sql:\n  type: bool\n"),
    )


def make_newer(root: Path) -> None:
    """Let the template take the answer to the renamed question."""
    default = "  default: \"{{ db_style if db_style is defined else 'async' }}\"\n"
    replace(root, "template/features/database/feature.yml", ("  default: async\n", default))


def take_tag(tag: str) -> Callable[[Path], None]:
    def make(root: Path) -> None:
        archive = ["git", "archive", "--format=tar", tag, "copier.yml", "template"]
        packed = subprocess.run(archive, cwd=template_root(), capture_output=True, check=True).stdout
        subprocess.run(["rm", "-r", "copier.yml", "template"], cwd=root, check=True)  # noqa: S607
        subprocess.run(["tar", "-x"], cwd=root, input=packed, check=True)  # noqa: S607

    return make


@pytest.fixture(params=[*tags(), MADE_UP])
def versions(request: pytest.FixtureRequest) -> Iterator[tuple[Source, Source]]:
    """Return the template in an older version, and in this one."""
    made_up = request.param == MADE_UP
    with opened(template_root()) as old, opened(template_root()) as new:
        (make_older if made_up else take_tag(request.param))(old.root)
        if made_up:
            make_newer(new.root)
        yield Source(old.root), Source(new.root)


def answers_of(combination: Combination) -> dict[str, object]:
    """Return the answers in the newer version: those of the older, the renamed one by its new name."""
    return {"database_style" if n == "db_style" else n: v for n, v in combination.changes.items()}


def test_update_gives_the_newer_service_with_the_users_edits(
    versions: tuple[Source, Source], tmp_path: Path
) -> None:
    old, new = versions
    tag_template(old.root, tmp_path / "template", OLD)
    template = tag_template(new.root, tmp_path / "template", NEW)
    renderers = Renderer(old), Renderer(new)
    jobs = []
    for before in covering_set(find_combinations(old, LIKE).valid):
        spelled = {name: str(value) for name, value in answers_of(before).items()}
        after = find_combinations(new, {"static_files": "false", **LIKE, **spelled}).valid[0]
        trees = [renderer.tree(one) for renderer, one in zip(renderers, (before, after), strict=True)]
        for edits in ((), common_edits(*trees)):
            service, expected = (
                rendered_by(edited(tree.files, edits), template, version)
                for tree, version in zip(trees, (OLD, NEW), strict=True)
            )
            jobs.append(Job(service, {}, NEW, expected))
    with ProcessPoolExecutor(mp_context=get_context("spawn")) as pool:
        made = chain.from_iterable(pool.map(make_steps, [jobs[::2], jobs[1::2]]))
        problems = [problem for problem in made if problem]
    print(f"{len(jobs)} updates", file=sys.__stderr__)
    assert len(jobs) > 10
    assert problems == []
