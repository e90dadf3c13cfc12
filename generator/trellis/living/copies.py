"""Copier, with one shared copy of each version of the template."""

from contextlib import ExitStack
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

from copier._jinja_ext import SandboxedEnvironment
from copier._main import Worker
from copier._subproject import Subproject
from copier._template import Template
from pydantic import ConfigDict
from pydantic.dataclasses import dataclass as checked_dataclass


@dataclass
class Copy:
    """A copy of a version of a template.

    Args:
        template: Copier's object for it.
        environment: the Jinja environment; None until the first rendering.

    """

    template: Template
    environment: SandboxedEnvironment | None = None


class Copies(ExitStack):
    """Copies of templates, each made on first use; all are removed at the end.

    Without it, each Copier worker would clone the template and compile its texts again.
    """

    def __init__(self) -> None:
        super().__init__()
        self._copies: dict[tuple[str, str | None], Copy] = {}

    def of(self, address: str, version: str | None) -> Copy:
        """Return the copy of a version of a template; None for the newest one."""
        key = address, version
        if key not in self._copies:
            self._copies[key] = Copy(Template(url=address, ref=version))
            self.callback(self._copies[key].template._cleanup)  # noqa: SLF001 (as its worker would)
        return self._copies[key]


@checked_dataclass(config=ConfigDict(extra="forbid", arbitrary_types_allowed=True), kw_only=True)
class SharingWorker(Worker):
    """A Copier worker that shares its copies of the template with other workers."""

    copies: Copies

    @cached_property
    def template(self) -> Template:
        """The version of the template to render."""
        return self._copy.template

    @cached_property
    def subproject(self) -> Subproject:
        """The service."""
        found = super().subproject
        if found.template:
            copy = self.copies.of(found.template.url, found.template.ref)
            found.__dict__["template"] = copy.template
        return found

    @cached_property
    def jinja_env(self) -> SandboxedEnvironment:
        """Copier's environment, changed to compile each text once."""
        copy = self._copy
        if not copy.environment:
            copy.environment = super().jinja_env
            setattr(copy.environment, "from_string", cache(copy.environment.from_string))  # noqa: B010
        return copy.environment

    @property
    def _copy(self) -> Copy:
        return self.copies.of(str(self.src_path), self.resolved_vcs_ref)

    def _sync_git_index_executable_bit(self, dst_relpath: Path, src_mode: int) -> None:
        """Do nothing: Copier would call Git for each file, and a step reads the file modes itself."""
