"""Copier at work on a service, with one copy of each version of the template."""

from contextlib import ExitStack
from functools import cached_property
from pathlib import Path

from copier._main import Worker
from copier._subproject import Subproject
from copier._template import Template
from pydantic import ConfigDict
from pydantic.dataclasses import dataclass


class Copies(ExitStack):
    """Copies of templates, each made when it is first needed; all are removed at the end.

    Copier's update is the work of several workers, each of which would clone the template for itself.
    """

    def __init__(self) -> None:
        super().__init__()
        self._templates: dict[tuple[str, str | None], Template] = {}

    def template(self, address: str, version: str | None) -> Template:
        """Return a version of a template; None for the newest one."""
        key = address, version
        if key not in self._templates:
            self._templates[key] = Template(url=address, ref=version)
            self.callback(self._templates[key]._cleanup)  # noqa: SLF001 (as its worker would)
        return self._templates[key]


@dataclass(config=ConfigDict(extra="forbid", arbitrary_types_allowed=True), kw_only=True)
class SharingWorker(Worker):
    """Copier at work, with copies of the template that other workers have too."""

    copies: Copies

    @cached_property
    def template(self) -> Template:
        """The template's version that is rendered."""
        return self.copies.template(str(self.src_path), self.resolved_vcs_ref)

    @cached_property
    def subproject(self) -> Subproject:
        """The service."""
        found = super().subproject
        if found.template:
            found.__dict__["template"] = self.copies.template(found.template.url, found.template.ref)
        return found

    def _sync_git_index_executable_bit(self, dst_relpath: Path, src_mode: int) -> None:
        """Ask Git nothing for each file: where steps are made, it heeds the modes of files by itself."""
