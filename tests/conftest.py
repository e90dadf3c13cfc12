import os
import shutil
import signal
import sys
from pathlib import Path

import pytest
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling

from trellis.template_source import template_root

# Many images set this; each process that a test starts would compile all libraries again.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False

# What a script runs in the background ignores SIGINT, and so would the services that the tests interrupt.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

TOGETHER = {
    "tests/e2e/combinations/test_steps.py": "proof",
    "tests/e2e/combinations/test_combinations.py": "proof",
    "tests/e2e/combinations/test_names.py": "proof",
    "tests/e2e/combinations/test_workflows.py": "proof",
    "tests/cli/test_wheel.py": "wheel",
    "tests/e2e/deployment/test_acceptance.py": "image",
    "tests/e2e/deployment/test_image.py": "image",
    "tests/e2e/oidc/test_certified_provider.py": "provider",
    "tests/e2e/oidc/test_docs_page.py": "provider",
}
"""The files whose tests share what is costly to make, and so run one after the other."""

BY_FILE = ("tests/e2e/combinations/", "tests/e2e/deployment/")


def scope_of(nodeid: str) -> str:
    """Return what a test runs together with: its file or group if it is long, else nothing."""
    path = nodeid.partition("::")[0]
    return TOGETHER.get(path) or (path if path.startswith(BY_FILE) else nodeid)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the proof, then take other long files; short tests at the end keep all processes busy."""
    scopes = {item: scope_of(item.nodeid) for item in items}
    items.sort(key=lambda item: (scopes[item] != "proof", scopes[item] == item.nodeid))


class Scheduling(LoadScopeScheduling):
    """Runs the long tests of a file, or of some files, by one process, and each of the others by any."""

    def _split_scope(self, nodeid: str) -> str:
        return scope_of(nodeid)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> Scheduling:
    return Scheduling(config, log)


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a copy of the template outside Git, which Copier does not clone."""
    folder = tmp_path_factory.mktemp("template")
    shutil.copy(template_root() / "copier.yml", folder)
    shutil.copytree(template_root() / "template", folder / "template")
    return folder
