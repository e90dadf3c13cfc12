"""The proof of the real template, opened once for all its parts."""

import sys
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from trellis.proof.environment import cache_folder
from trellis.proof.progress import Display
from trellis.proof.proof import Proof, Settings
from trellis.proof.report import Part
from trellis.proof.source import Source, opened
from trellis.template import template_root

Show = Callable[[Callable[[], Part]], Part]


@pytest.fixture(scope="session")
def source() -> Iterator[Source]:
    with opened(template_root()) as source:
        yield source


@pytest.fixture(scope="session")
def proof(source: Source) -> Proof:
    settings = Settings(cache=cache_folder(template_root()), brief=True)
    return Proof(source, settings, Display(sys.__stderr__ or sys.stderr))


@pytest.fixture
def shown(pytestconfig: pytest.Config, proof: Proof) -> Show:
    """Return what runs a part of the proof with its progress shown, and its counts at the end."""
    capturing: Any = pytestconfig.pluginmanager.getplugin("capturemanager")

    def run(prove: Callable[[], Part]) -> Part:
        with capturing.global_and_fixture_disabled():
            print(file=sys.__stderr__)
            part = prove()
            counts = f"{len(proof.combinations)} combinations, {proof.survey.trees} distinct trees"
            print(f"{counts}\n{part}", file=sys.__stderr__)
        return part

    return run
