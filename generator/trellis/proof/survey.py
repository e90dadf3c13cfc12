"""Collects the distinct trees of all combinations, and the distinct inputs of each check."""

from collections.abc import Callable, Iterable

from trellis.proof.cases import Cases
from trellis.proof.checks.all_checks import CHECKS
from trellis.proof.reports.report import TESTS, Failure
from trellis.rendering.combinations import Combination
from trellis.rendering.reads import PROJECT, Reads
from trellis.rendering.renderer import Renderer
from trellis.rendering.tree import File

_TOOLS = ("alembic", "coverage", "fastapi", "pytest")

SUITE = Reads(
    paths=(
        "*.py",
        "!/serve/command.py",
        "!/serve/hypercorn.py",
        "*.ini",
        "*.mako",
        "/app/",
        "/migrations/",
        "/tests/",
        "/.env.example",
    ),
    tables=(
        "project.name",
        "project.version",
        "tool.pytest",
        "tool.coverage",
        "tool.fastapi",
        "tool.alembic",
    ),
)
"""The files that a service's tests read. The code of one server is tested by a real start instead."""


class Survey:
    """The distinct inputs of all checks and suites.

    Args:
        renderer: renders each combination's tree.
        combinations: the combinations to examine.
        sees: tells whether a check with these reads needs a combination.

    """

    def __init__(
        self,
        renderer: Renderer,
        combinations: Iterable[Combination],
        sees: Callable[[Reads, Combination], bool] = lambda *_: True,
    ) -> None:
        self._sees = sees
        self._renderer = renderer
        self._trees: set[int] = set()
        self._broken: dict[str, Failure] = {}
        self._projects: dict[str, File] = {}
        self.suites = Cases(SUITE)
        self.checks = {check: Cases(check.reads, check.file_by_file) for check in CHECKS}
        for combination in combinations:
            self._take_in(combination)

    @property
    def trees(self) -> int:
        """How many distinct trees there are."""
        return len(self._trees)

    @property
    def broken(self) -> list[Failure]:
        """Files that could not be rendered, and empty folders."""
        return list(self._broken.values())

    @property
    def projects(self) -> list[File]:
        """All distinct `pyproject.toml` files."""
        return list(self._projects.values())

    def _take_in(self, combination: Combination) -> None:
        tree = self._renderer.tree(combination)
        self._trees.add(tree.id)
        for cases in (self.suites, *self.checks.values()):
            if self._sees(cases.reads, combination):
                cases.add(combination, tree)
        if PROJECT in tree.files:
            self._projects[tree.files[PROJECT].id] = tree.files[PROJECT]
        problems = [broken.reason for broken in tree.broken.values()]
        problems += [f"{folder}/ is empty" for folder in tree.empty_folders]
        for problem in problems:
            failure = Failure.of("rendering", combination, problem, TESTS, sharing=0)
            self._broken.setdefault(problem, failure).sharing += 1
