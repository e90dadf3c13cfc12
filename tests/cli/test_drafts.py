"""New services from a clone with uncommitted changes."""

import shutil
from pathlib import Path

import pytest

from tests.cli.conftest import Trellis
from tests.cli.test_new import answers
from trellis.git import commit_all, git


@pytest.fixture
def template(template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a copy of the template that a test may change."""
    return Path(shutil.copytree(template, tmp_path_factory.mktemp("own") / "template"))


def committed(folder: Path) -> str:
    """Make a repository of a folder, and return the commit."""
    assert commit_all(folder, author="Ada", email="ada@example.com") is None
    return git(folder, "rev-parse", "HEAD")


def test_files_beside_the_template_do_not_hide_its_version(
    trellis: Trellis, service: Path, template: Path
) -> None:
    commit = committed(template)
    (template / "notes.txt").touch()
    assert "trellis new:" not in trellis("new", service, "--defaults").output
    assert commit.startswith(str(answers(service)["_commit"]))


def test_new_warns_of_a_template_that_nobody_else_has(
    trellis: Trellis, service: Path, template: Path
) -> None:
    committed(template)
    (template / "template/project/LICENSE").write_text("All rights reserved")
    output = trellis("new", service, "--defaults").output
    assert "trellis new: the template has uncommitted changes" in output
    assert (service / "LICENSE").read_text() == "All rights reserved"
