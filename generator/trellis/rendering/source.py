"""The template as Copier reads it. Only this module uses Copier's internals for the proof."""

import functools
import shutil
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from copier import Phase
from jinja2 import Template
from jinja2.runtime import Context

from trellis.copier_internals import MISSING, AnswersMap, Question, SettingsModel, Worker
from trellis.lifecycle.copier_worker import Copies, SharingWorker

SERVICE = "service"
"""The folder name of all renderings; the project's name and slug derive from it."""

REMEMBERED = "_copier_answers"
"""Copier's variable for all answers; only `.copier-answers.yml` should read it."""

_READS = "_trellis_reads"


class _ReadingContext(Context):
    """Jinja's context, which also records the name of each variable that a template reads.

    The list of names is itself a variable. So it reaches includes, blocks, and macros imported with
    context, and is missing exactly where the answers are missing.
    """

    def resolve_or_missing(self, key: str) -> object:
        if _READS in self.parent:
            self.parent[_READS].append(key)
        return super().resolve_or_missing(key)


class Source:
    """A template as Copier reads it, with a record of what each rendering reads.

    Args:
        root: the folder with `copier.yml`; not a Git repository, so that Copier uses it unchanged.

    """

    def __init__(self, root: Path) -> None:
        self.root = root
        self._copies = Copies()
        self._worker = Worker(
            src_path=str(root), dst_path=root.parent / SERVICE, settings=SettingsModel(), quiet=True
        )
        self._worker.answers = AnswersMap(metadata=self._worker.template.metadata)
        self.questions: Mapping[str, Mapping[str, Any]] = self._worker.template.questions_data
        self.suffix: str = self._worker.template.templates_suffix
        self.project = root / self._worker.template.subdirectory
        self.exclusions: tuple[str, ...] = self._worker.template.exclude
        self._environment = self._worker.jinja_env
        self._environment.context_class = _ReadingContext
        self._environment.auto_reload = False
        self._compile = functools.cache(self._environment.from_string)
        setattr(self._environment, "from_string", self._compile)  # noqa: B010 (it replaces a method)

    def copies(self, path: Path) -> bool:
        """Tell whether a file is in each service as it is: nothing in it is Jinja."""
        if self.suffix:
            return not path.name.endswith(self.suffix)
        environment = self._environment
        starts = (
            environment.block_start_string,
            environment.variable_start_string,
            environment.comment_start_string,
        )
        data = path.read_bytes()
        return not any(start.encode() in data for start in starts)

    def question(self, name: str, answers: Mapping[str, object], reads: list[str]) -> Question:
        """Return Copier's question of this name, after these answers.

        Args:
            name: the question's name in `copier.yml`.
            answers: the answers to the questions before it.
            reads: receives the names that its templates read.

        """
        with Phase.use(Phase.PROMPT):
            context = self._context(answers, frozenset(), reads)
        return Question(
            var_name=name,
            answers=self._worker.answers,
            context=context,
            jinja_env=self._environment,
            **self.questions[name],
        )

    def render_file(
        self, path: Path, answers: Mapping[str, object], hidden: frozenset[str], reads: list[str]
    ) -> bytes:
        """Render a template file, given by its path below the root.

        Args:
            path: the file's path, relative to the root.
            answers: all answers.
            hidden: the names of answers that Copier does not record.
            reads: receives the names that the file reads.

        Raises:
            jinja2.TemplateError: the template is wrong or names an unknown variable.

        """
        return self._render(self._environment.get_template(path.as_posix()), answers, hidden, reads)

    def render_exclusion(
        self, text: str, answers: Mapping[str, object], hidden: frozenset[str], reads: list[str]
    ) -> bytes:
        """Render an item of `_exclude`, like `render_file`."""
        return self._render(self._compile(text), answers, hidden, reads)

    def copy(self, data: Mapping[str, object], destination: Path) -> None:
        """Let Copier write the service with these answers, and the defaults for all others.

        Raises:
            ValueError: Copier refuses an answer; the message says why.

        """
        with SharingWorker(
            src_path=str(self.root),
            dst_path=destination,
            data=dict(data),
            settings=SettingsModel(),
            defaults=True,
            overwrite=True,
            quiet=True,
            copies=self._copies,
        ) as worker:
            worker.run_copy()

    def _render(
        self, template: Template, answers: Mapping[str, object], hidden: frozenset[str], reads: list[str]
    ) -> bytes:
        with Phase.use(Phase.RENDER):
            return template.render(self._context(answers, hidden, reads)).encode()

    def _context(
        self, answers: Mapping[str, object], hidden: frozenset[str], reads: list[str]
    ) -> dict[str, object]:
        self._worker.answers.user = dict(answers)
        self._worker.answers.hidden = set(hidden)
        return {**self._worker._render_context(), "_copier_operation": "copy", _READS: reads}  # noqa: SLF001


def is_missing(value: object) -> bool:
    """Tell whether Copier has no answer: there is no default, and it did not ask."""
    return value is MISSING


@contextmanager
def opened(root: Path) -> Generator[Source]:
    """Open a copy of the template at `root`, which stays unchanged during the proof.

    Yields:
        The template; its copy is removed afterwards.

    """
    with TemporaryDirectory(prefix="trellis-proof-") as folder:
        copy = Path(folder, "source")
        copy.mkdir()
        for path in (*root.glob("copier.y*ml"), root / "template"):
            if path.is_dir():
                shutil.copytree(
                    path, copy / path.name, ignore=shutil.ignore_patterns("__pycache__", ".*_cache")
                )
            else:
                shutil.copy2(path, copy)
        yield Source(copy)
