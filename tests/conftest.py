import shutil
from pathlib import Path

import pytest
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling

from trellis.template import template_root

TOGETHER = {
    "tests/combinations/test_steps.py": "proof",
    "tests/combinations/test_combinations.py": "proof",
    "tests/combinations/test_names.py": "proof",
    "tests/combinations/test_workflows.py": "proof",
    "tests/deployment/test_acceptance.py": "image",
    "tests/deployment/test_image.py": "image",
    "tests/oidc/test_certified_provider.py": "provider",
    "tests/oidc/test_docs_page.py": "provider",
}
"""The files whose tests share what is costly to make, and so run one after the other."""

BY_FILE = ("tests/combinations/", "tests/deployment/")


class Scheduling(LoadScopeScheduling):
    """Runs the long tests of a file, or of some files, by one process, and each of the others by any."""

    def _split_scope(self, nodeid: str) -> str:
        path = nodeid.partition("::")[0]
        return TOGETHER.get(path) or (path if path.startswith(BY_FILE) else nodeid)


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
