"""Lets the wheel carry the template's history, so that `new` and `update` need no network."""

import os
import shutil
import subprocess
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

ADDRESS = "TRELLIS_ADDRESS"
"""The variable that names the repository's address, where `origin` is not the one for users."""

PLACEHOLDER = "trellis.git"
"""What stands for an address that nobody named."""
PREFIX = "trellis-history-"


class CarryHistory(BuildHookInterface[Any]):
    """Puts a bundle of the repository, and its address, into the wheel."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Make the bundle, unless this is for an editable installation or there is no whole history."""
        if version == "editable" or not self._has_history():
            return
        folder = Path(mkdtemp(prefix=PREFIX))
        bundle = folder / "history.bundle"
        self._git("bundle", "create", "--quiet", str(bundle), "HEAD", "--tags")
        (folder / "address").write_text(f"{self._address()}\n")
        for path in (bundle, folder / "address"):
            build_data["force_include"][str(path)] = f"trellis/_template/{path.name}"

    def _has_history(self) -> bool:
        """Tell whether this is a whole repository of its own, which an unpacked source archive is not."""
        top, _, shallow = self._git("rev-parse", "--show-toplevel", "--is-shallow-repository").partition("\n")
        return shallow == "false" and Path(top).resolve() == Path(self.root).resolve()

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:  # noqa: ARG002
        """Remove the bundle that was made for the wheel."""
        for path in build_data["force_include"]:
            if Path(path).parent.name.startswith(PREFIX):
                shutil.rmtree(Path(path).parent, ignore_errors=True)

    def _address(self) -> str:
        origin = self._git("config", "--get", "remote.origin.url")
        is_public = "://" in origin and "@" not in origin and not origin.startswith("file:")
        return os.environ.get(ADDRESS) or (origin if is_public else PLACEHOLDER)

    def _git(self, *arguments: str) -> str:
        command = ["git", *arguments]
        done = subprocess.run(command, cwd=self.root, capture_output=True, text=True, check=False)
        return done.stdout.strip()
