"""A checkout on Windows keeps the line endings that programs on Linux read."""

import subprocess
from pathlib import Path

from tests.services import make_service
from trellis.git import GIT


def test_scripts_run_from_a_checkout_as_on_windows(tmp_path: Path) -> None:
    make_service(tmp_path / "service", database="postgresql", auth="jwt", deployment="nginx")
    clone = [GIT, "clone", "--quiet", "--config", "core.autocrlf=true"]
    subprocess.run([*clone, tmp_path / "service", tmp_path / "clone"], check=True)
    files = [path for path in (tmp_path / "clone").rglob("*") if path.is_file() and ".git" not in path.parts]
    assert len(files) > 50
    assert [path for path in files if b"\r\n" in path.read_bytes()] == []
    script = subprocess.run(
        ["sh", "deploy/secrets.sh"],  # noqa: S607
        cwd=tmp_path / "clone",
        check=True,
        capture_output=True,
    )
    assert not script.stderr
    assert list((tmp_path / "clone" / "secrets").iterdir())
