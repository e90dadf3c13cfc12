import sys
from pathlib import Path

from trellis.proof.environments.shared import Environment
from trellis.proof.suites.servers import KINDS, embedded_servers


def test_kind_whose_package_is_not_installed_is_left_out(tmp_path: Path) -> None:
    scripts = tmp_path / "bin"
    scripts.mkdir()
    (scripts / "python").symlink_to(sys.executable)
    with embedded_servers(Environment(tmp_path), KINDS) as urls:
        assert urls == {}


def test_nothing_is_started_where_nothing_is_needed(tmp_path: Path) -> None:
    with embedded_servers(Environment(tmp_path / "absent"), ()) as urls:
        assert urls == {}
