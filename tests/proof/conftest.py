"""A small made-up template with everything that the engine has to cope with, and ways to break it."""

import io
import shutil
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from trellis.proof.environments.shared import cache_folder
from trellis.proof.proof import Proof
from trellis.proof.reports.progress import Display
from trellis.proof.reports.report import Report
from trellis.proof.settings import Settings
from trellis.rendering.source import opened
from trellis.template_source import template_root

TEMPLATE = Path(__file__).with_name("template")

collect_ignore = ["template"]

ProveIt = Callable[..., Report]


@pytest.fixture
def template(tmp_path: Path) -> Path:
    """Return a copy of the made-up template, to be broken."""
    return shutil.copytree(TEMPLATE, tmp_path / "template")


@pytest.fixture
def change(template: Path) -> Callable[[str, str, str], None]:
    """Return what replaces a text in one of the template's files."""

    def replace(name: str, old: str, new: str) -> None:
        path = template / name
        text = path.read_text()
        assert old in text
        path.write_text(text.replace(old, new))

    return replace


@pytest.fixture
def prove(template: Path) -> ProveIt:
    """Return what proves parts of the template and reports."""

    def proven(*parts: str, **wanted: str) -> Report:
        with proof_of(template, wanted=wanted) as proof:
            return proof.report(parts)

    return proven


@contextmanager
def proof_of(template: Path, **settings: Any) -> Generator[Proof]:  # noqa: ANN401 (its own arguments)
    """Open the proof of a template."""
    with opened(template) as source:
        cache = cache_folder(template_root())
        yield Proof(source, Settings(cache=cache, **settings), Display(io.StringIO()))


def failing(report: Report) -> Sequence[tuple[str, dict[str, object]]]:
    """Return the check and the combination of each failure."""
    return [(failure.check, failure.combination) for failure in report.failures]
