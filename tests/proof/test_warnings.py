"""Only a service's own warnings are errors in its tests."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.services import make_service

TEST = """
import warnings

import library
from app import main


def test_library() -> None:
    library.warn()


def test_service() -> None:
    main.warn()
"""
LIBRARY = """
import warnings


def warn(stacklevel: int = 1) -> None:
    warnings.warn("deprecated", DeprecationWarning, stacklevel)
"""
SERVICE = """
import library


def warn() -> None:
    library.warn(stacklevel=2)
"""


@pytest.mark.parametrize("answers", [{}, {"auth": "oidc", "database": "postgresql"}])
def test_deprecation_in_a_library_does_not_break_a_service(tmp_path: Path, answers: dict[str, str]) -> None:
    service = tmp_path / "service"
    make_service(service, **answers)
    for name in ("tests", "app"):
        shutil.rmtree(service / name)
        (service / name).mkdir()
    (service / "library.py").write_text(LIBRARY)
    (service / "app" / "main.py").write_text(SERVICE)
    (service / "tests" / "test_warnings.py").write_text(TEST)
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "--override-ini", "addopts="]
    run = subprocess.run(command, cwd=service, check=False, capture_output=True, text=True)
    assert "1 failed, 1 passed" in run.stdout, run.stdout
    assert "FAILED tests/test_warnings.py::test_service - DeprecationWarning: deprecated" in run.stdout
