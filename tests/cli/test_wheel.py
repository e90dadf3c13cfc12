import os
import subprocess
from pathlib import Path

import pytest

from trellis.template import template_root

pytestmark = pytest.mark.combinations

ENVIRONMENT = {name: value for name, value in os.environ.items() if name != "VIRTUAL_ENV"}


def uv(*arguments: object, cwd: Path) -> None:
    subprocess.run(["uv", *map(str, arguments)], cwd=cwd, env=ENVIRONMENT, check=True, capture_output=True)  # noqa: S607


def test_installed_wheel_carries_the_template(tmp_path: Path) -> None:
    uv("build", "--quiet", "--wheel", "--out-dir", tmp_path, template_root(), cwd=tmp_path)
    [wheel] = tmp_path.glob("*.whl")
    uv("venv", "--quiet", "installed", cwd=tmp_path)
    uv("pip", "install", "--quiet", "--python", "installed", wheel, cwd=tmp_path)
    service = tmp_path / "my-service"
    made = subprocess.run(
        [tmp_path / "installed" / "bin" / "trellis", "new", service, "--defaults", "--preset", "full"],
        cwd=tmp_path,
        env=ENVIRONMENT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert made.returncode == 0, made.stderr
    assert (service / ".gitignore").is_file()
    assert (service / "app" / "static" / "public" / "index.html").is_file()
