"""Carry the template's history in wheels and source archives, so that Trellis needs no network."""

import os
import shutil
import subprocess
import sys
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

sys.path.insert(0, str(Path(__file__).parent))  # Trellis is not installed yet

from trellis.address import has_credentials, public_address

ADDRESS = "TRELLIS_ADDRESS"
"""The variable that names the repository's public address, if `origin` is another one."""

_OF_A_HOOK = ("GIT_DIR", "GIT_INDEX_FILE", "GIT_WORK_TREE")
"""Variables that Git sets for its hooks; they name another repository."""

PREFIX = "trellis-history-"
CARRIED = "history"
"""The folder of the source archive with what this hook adds."""


class CarryHistory(BuildHookInterface[Any]):
    """Add a bundle of the repository, and its public address."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Make the files, except for an editable installation and an archive without history."""
        if version == "editable":
            return
        for path in self._files():
            target = CARRIED if self.target_name == "sdist" else "trellis/_template"
            build_data["force_include"][str(path)] = f"{target}/{path.name}"

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:  # noqa: ARG002
        """Remove the files that were made for the build."""
        for path in build_data["force_include"]:
            if Path(path).parent.name.startswith(PREFIX):
                shutil.rmtree(Path(path).parent, ignore_errors=True)

    def _files(self) -> list[Path]:
        if not Path(self.root, ".git").exists():
            return sorted(Path(self.root, CARRIED).glob("*"))
        if self._git("rev-parse", "--is-shallow-repository") == "true":
            raise RuntimeError(
                "this clone is shallow, and Trellis needs the whole history: git fetch --unshallow --tags"
            )
        folder = Path(mkdtemp(prefix=PREFIX))
        self._git("bundle", "create", "--quiet", str(folder / "history.bundle"), "HEAD", "--tags")
        (folder / "address").write_text(f"{self._address() or ''}\n")
        return sorted(folder.iterdir())

    def _address(self) -> str | None:
        given = os.environ.get(ADDRESS)
        if not given:
            return public_address(self._git("config", "--get", "--default", "", "remote.origin.url"))
        if has_credentials(given) or not public_address(given):
            raise RuntimeError(f"{ADDRESS} takes a public address without credentials")
        return public_address(given)

    def _git(self, *arguments: str) -> str:
        environment = {name: value for name, value in os.environ.items() if name not in _OF_A_HOOK}
        command = ["git", *arguments]
        try:
            done = subprocess.run(
                command, cwd=self.root, env=environment, capture_output=True, text=True, check=False
            )
        except FileNotFoundError as error:
            raise RuntimeError("Git is not installed; it reads the history that Trellis carries") from error
        if done.returncode:
            raise RuntimeError(f"git {arguments[0]}: {done.stderr.strip()}")
        return done.stdout.strip()
