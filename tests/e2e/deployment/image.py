"""Images built for real, without a Docker engine or an image registry: by buildah, on Debian's packages."""

import json
import os
import shutil
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

PYTHON = "3.13"
"""The Python of the Debian release that the base is made of."""

_BASE = f"docker.io/library/python:{PYTHON}-slim-trixie"
_PACKAGES = "ca-certificates,python3,python3-pip,python3-venv"
_CERTIFICATES = "/etc/ssl/certs"
_CONTAIN = """\
set -eu
root=$1 user=$2
shift 2
mount --bind "$root" "$root"
mount --options remount,bind,ro "$root"
mount --types tmpfs tmpfs "$root/tmp"
mount --rbind /proc "$root/proc"
mount --rbind /dev "$root/dev"
while [ "$1" != -- ]; do
  mount --bind "$1" "$root$2"
  shift 2
done
shift
exec chroot --userspec="$user" "$root" env --ignore-environment "$@"
"""
_PATH = "/usr/local/bin:/usr/local/sbin:/usr/sbin:/usr/bin:/sbin:/bin"


def missing_tools() -> str:
    """Say what is missing for building an image here; nothing if all is there."""
    missing = [name for name in ("buildah", "debootstrap") if not shutil.which(name)]
    if os.geteuid() != 0:
        missing.append("the rights of root")
    return ", ".join(missing)


@dataclass(frozen=True)
class Builder:
    """Buildah with a store of its own.

    Args:
        folder: holds the store and the base, which is made once.

    """

    folder: Path

    def __call__(self, *arguments: str) -> str:
        """Run buildah and return what it prints."""
        command = self.command(*arguments)
        done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=500)
        assert done.returncode == 0, f"{' '.join(command)}\n{done.stdout}\n{done.stderr}"
        return done.stdout.strip()

    def command(self, *arguments: str) -> list[str]:
        """Return the command of buildah with these arguments."""
        driver = "overlay" if "\toverlay\n" in Path("/proc/filesystems").read_text() else "vfs"
        store = ["--storage-driver", driver, "--root", str(self.folder / driver)]
        return ["buildah", *store, "--runroot", str(self.folder / f"run-{driver}"), *arguments]

    def make_base(self) -> None:
        """Make the image that stands for the official one of Python, unless it is there."""
        self.folder.mkdir(parents=True, exist_ok=True)
        if self("images", "--quiet", "--filter", f"reference={_BASE}"):
            return
        root = self.folder / "root"
        shutil.rmtree(root, ignore_errors=True)
        bootstrap = ["debootstrap", "--variant=minbase", f"--include={_PACKAGES}", "trixie", str(root)]
        subprocess.run(bootstrap, check=True, capture_output=True, timeout=500)
        _arrange(root)
        container = self("from", "scratch")
        self("copy", "--quiet", container, str(root), "/")
        certificates = f"SSL_CERT_FILE={_CERTIFICATES}/ca-certificates.crt"
        self("config", "--env", f"PATH={_PATH}", "--env", certificates, container)
        self("commit", "--quiet", container, _BASE)
        self("rm", container)
        shutil.rmtree(root)

    def build(self, service: Path) -> "Image":
        """Build a service's image."""
        self("rm", "--all")
        self(
            "bud",
            *("--quiet", "--format=docker", "--pull-never", "--isolation=chroot", "--network=host"),
            *("--build-arg", f"PYTHON_VERSION={PYTHON}", "--build-arg", "REVISION=abc123"),
            *("--volume", f"{_CERTIFICATES}:{_CERTIFICATES}:ro", "--tag", "service", str(service)),
        )
        return Image(self, self("from", "--pull-never", "localhost/service"))


@dataclass(frozen=True)
class Image:
    """A container of an image that was built."""

    builder: Builder
    container: str

    @property
    def settings(self) -> dict[str, Any]:
        """What the image says about itself."""
        found: dict[str, Any] = json.loads(self.builder("inspect", self.container))["Docker"]["config"]
        return found

    def command(self, program: Sequence[str], **variables: object) -> list[str]:
        """Return the command that runs a program in the container."""
        given = [word for name, value in variables.items() for word in ("--env", f"{name}={value}")]
        return self.builder.command("run", "--isolation=chroot", *given, self.container, "--", *program)

    def run(self, *program: str, **variables: object) -> subprocess.CompletedProcess[str]:
        """Run a program in the container to its end."""
        return subprocess.run(
            self.command(program, **variables), check=False, capture_output=True, text=True, timeout=60
        )

    def contained(self, program: Sequence[str], mounts: Mapping[str, Path], **variables: object) -> list[str]:
        """Return the command that runs a program as `compose.yaml` does: `read_only`, with a `tmpfs` on /tmp.

        It becomes the program's process, which has no capabilities.

        Args:
            program: and its arguments.
            mounts: folders that are seen at these paths.
            variables: are set beside those of the image.

        """
        root, settings = Path(self.builder("mount", self.container)), self.settings
        for path in mounts:
            (root / path.lstrip("/")).mkdir(parents=True, exist_ok=True)
        shown = [word for path, folder in mounts.items() for word in (str(folder), path)]
        given = [*settings["Env"], *(f"{name}={value}" for name, value in variables.items())]
        alone = ["unshare", "--mount", "--propagation", "private", "sh", "-c", _CONTAIN, "contain"]
        return [
            *(*alone, str(root), settings["User"], *shown, "--"),
            *(f"--chdir={settings['WorkingDir']}", *given, *program),
        ]

    def remove(self) -> None:
        """Remove the container and the image."""
        self.builder("rm", self.container)
        self.builder("rmi", "localhost/service")


def _arrange(root: Path) -> None:
    """Put Python where the official image has it, and let pip install."""
    for marker in root.glob("usr/lib/python3*/EXTERNALLY-MANAGED"):
        marker.unlink()
    for name, target in (("python", "python3"), ("pip", "pip3")):
        (root / "usr" / "local" / "bin" / name).symlink_to(f"/usr/bin/{target}")


def descendants(process: int) -> Iterator[int]:
    """Yield the processes that a process has started, and those that these have started."""
    for task in Path(f"/proc/{process}/task").glob("*/children"):
        for child in map(int, task.read_text().split()):
            yield child
            yield from descendants(child)


def command_line(process: int) -> list[str]:
    """Return the command line of a process."""
    return Path(f"/proc/{process}/cmdline").read_text().split("\0")[:-1]
