"""The template, opened with Copier: all that the proof asks of Copier's internals is in here."""

import functools
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from copier import Phase, Settings, run_copy
from copier._main import Worker
from copier._settings import SettingsModel
from copier._types import MISSING
from copier._user_data import AnswersMap, Question
from jinja2 import Template
from jinja2.runtime import Context

SERVICE = "service"
"""The folder's name in all renderings: the project's name and slug follow from it."""

REMEMBERED = "_copier_answers"
"""What Copier calls all answers together; only `.copier-answers.yml` should read it."""

_READS = "_trellis_reads"


class _ReadingContext(Context):
    """Jinja's context, which also notes the name of each variable that a template reads.

    The list that it notes them in travels among the variables themselves: so it reaches includes,
    blocks, and macros imported with context, and is absent where the answers are absent as well.
    """

    def resolve_or_missing(self, key: str) -> object:
        if _READS in self.parent:
            self.parent[_READS].append(key)
        return super().resolve_or_missing(key)


class Source:
    """A template as Copier sees it, with a record of what each rendering reads.

    Args:
        root: the folder that holds `copier.yml`; not a git repository, so that Copier takes it as it is.

    """

    def __init__(self, root: Path) -> None:
        self.root = root
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
        setattr(self._environment, "from_string", self._compile)  # noqa: B010 (a method, replaced)

    def question(self, name: str, answers: Mapping[str, object], reads: list[str]) -> Question:
        """Return Copier's own question of this name, asked after these answers.

        Args:
            name: the question's name in `copier.yml`.
            answers: the answers to the questions before it.
            reads: takes up the names that its templates read, as they read them.

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
            hidden: the names of those that Copier does not remember.
            reads: takes up the names that the file reads.

        Raises:
            jinja2.TemplateError: the template is wrong or names an unknown variable.

        """
        return self._render(self._environment.get_template(path.as_posix()), answers, hidden, reads)

    def render_exclusion(
        self, text: str, answers: Mapping[str, object], hidden: frozenset[str], reads: list[str]
    ) -> bytes:
        """Render an item of `_exclude`; like `render_file` in all else."""
        return self._render(self._compile(text), answers, hidden, reads)

    def copy(self, data: Mapping[str, object], destination: Path) -> None:
        """Let Copier itself write the service with these answers, all others by default.

        Raises:
            ValueError: an answer is refused; the text says why.

        """
        run_copy(
            str(self.root),
            destination,
            dict(data),
            settings=Settings(),
            defaults=True,
            overwrite=True,
            quiet=True,
        )

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
    """Tell whether Copier has no answer here: no default, and nobody to ask."""
    return value is MISSING


@contextmanager
def opened(root: Path) -> Iterator[Source]:
    """Open a copy of the template at `root`, which nobody changes while the proof goes on.

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
