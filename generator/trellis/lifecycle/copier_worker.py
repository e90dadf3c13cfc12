"""Copier, with one shared copy of each version of the template."""

from contextlib import ExitStack
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Any

from pydantic import ConfigDict
from pydantic.dataclasses import dataclass as checked_dataclass

from trellis.copier_internals import SandboxedEnvironment, Subproject, Template, Worker, get_yield_context


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

    @property
    def answers_relpath(self) -> Path:
        """The path of the answers file."""
        path = str(self.answers_file or self.template.answers_relpath)
        return Path(path) if self._is_plain(path) else super().answers_relpath

    def _render_string(self, string: str, extra_context: dict[str, Any] | None = None) -> str:
        """Return a plain text as it is, as most names of files are; computing all answers takes longer."""
        if isinstance(string, str) and self._is_plain(string):
            return string
        return super()._render_string(string, extra_context)

    def _is_plain(self, text: str) -> bool:
        """Tell whether Jinja leaves a text as it is; forget the last `yield`, as parsing a text does."""
        environment = self.jinja_env
        context = get_yield_context(environment)
        context.yield_name = context.yield_iterable = None
        marks = (
            environment.block_start_string,
            environment.variable_start_string,
            environment.comment_start_string,
            environment.line_statement_prefix or "\n",
            environment.line_comment_prefix or "\n",
            "\n",
            "\r",
        )
        return not any(mark in text for mark in marks)

    def _sync_git_index_executable_bit(self, dst_relpath: Path, src_mode: int) -> None:
        """Do nothing: Copier would call Git for each file, and a step reads the file modes itself."""
