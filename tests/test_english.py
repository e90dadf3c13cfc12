"""The texts of this repository are in plain English."""

import subprocess
from pathlib import Path

import pytest

from trellis.git import GIT
from trellis.proof.checks.english import archaisms, long_lines

ROOT = Path(__file__).parent.parent
QUOTING = (
    "LICENSE",
    "template/licenses/",
    "generator/trellis/proof/checks/english.py",
    "tests/proof/test_texts.py",
)
"""Files that quote such phrases, or that others wrote."""


def texts(*patterns: str) -> list[str]:
    """Return the paths of the files that Git knows, or would know after `git add`."""
    listed = subprocess.run(
        [GIT, "ls-files", "--cached", "--others", "--exclude-standard", "--deduplicate", "--", *patterns],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    return [path for path in listed.splitlines() if (ROOT / path).is_file() and not path.startswith(QUOTING)]


@pytest.mark.parametrize(
    "suffix", ["md", "py", "yml", "yaml", "jinja", "toml", "sh", "html", "js", "example", "conf"]
)
def test_no_text_has_archaic_phrases(suffix: str) -> None:
    paths = texts(f"*.{suffix}")
    found = [
        f"{path}:{problem}"
        for path in paths
        for problem in archaisms((ROOT / path).read_text(encoding="utf-8"))
    ]
    assert found == []


def test_no_line_of_a_document_is_too_long() -> None:
    paths = texts("*.md", ":!template")  # the proof looks at the documents of services
    assert "README.md" in paths
    found = [
        f"{path}:{problem}"
        for path in paths
        for problem in long_lines((ROOT / path).read_text(encoding="utf-8"))
    ]
    assert found == []
