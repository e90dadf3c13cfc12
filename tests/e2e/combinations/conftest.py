"""The proof of the real template, opened once for all its parts; on servers that the environment names."""

import os
import sys
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from trellis.proof.environments.shared import cache_folder
from trellis.proof.proof import Proof
from trellis.proof.reports.progress import Display
from trellis.proof.reports.report import Part
from trellis.proof.settings import Settings
from trellis.proof.suites.servers import KINDS
from trellis.rendering.source import Source, opened
from trellis.template_source import template_root

Show = Callable[[Callable[[], Part]], Part]

collect_ignore = ["service"]
"""Tests that run in the environment of a service."""


@pytest.fixture(scope="session")
def source() -> Iterator[Source]:
    with opened(template_root()) as source:
        yield source


@pytest.fixture(scope="session")
def servers() -> dict[str, str]:
    """Return the servers that the environment names."""
    urls = {kind: os.environ.get(f"TRELLIS_{kind.upper()}_URL") for kind in KINDS}
    return {kind: url for kind, url in urls.items() if url}


@pytest.fixture(scope="session")
def proof(source: Source, servers: dict[str, str]) -> Proof:
    settings = Settings(cache=cache_folder(template_root()), brief=True, servers=servers)
    proof = Proof(source, settings, Display(sys.__stderr__ or sys.stderr))
    counts = f"{len(proof.combinations)} combinations, {proof.survey.trees} distinct trees"
    print(f"\n{counts}", file=sys.__stderr__)
    return proof


@pytest.fixture
def shown(pytestconfig: pytest.Config) -> Show:
    """Return what runs a part of a proof with its progress shown, and its counts at the end."""
    capturing: Any = pytestconfig.pluginmanager.getplugin("capturemanager")

    def run(prove: Callable[[], Part]) -> Part:
        with capturing.global_and_fixture_disabled():
            print(file=sys.__stderr__)
            part = prove()
            print(part, file=sys.__stderr__)
        return part

    return run
