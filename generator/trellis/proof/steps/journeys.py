"""Selects the steps to prove with data: between all schemas, for new services and for changed ones."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TypeVar

from trellis.lifecycle.migrations import FOLDER
from trellis.proof.environments.shared import Environment
from trellis.proof.steps.data import Outcome, Stage, travel
from trellis.proof.steps.databases import migrator
from trellis.proof.steps.documents import travel_documents
from trellis.proof.steps.execution import rendered_by
from trellis.proof.steps.own_data import USERS, with_own_data
from trellis.proof.suites.runner import imported_modules
from trellis.rendering.combinations import Combination, Combinations
from trellis.rendering.reads import Reads
from trellis.rendering.renderer import Renderer
from trellis.rendering.tree import File, Tree

T = TypeVar("T")
DATABASES = ("sqlite", "postgresql")
_CODE = ("app/", "migrations/")
_READS = Reads(paths=("/migrations/",))


@dataclass(frozen=True)
class Journey:
    """A service with its database that moves from one combination to the next.

    Args:
        database: their common answer to `database`.
        combinations: the combinations.

    """

    database: str
    combinations: Sequence[Combination]

    @property
    def steps(self) -> int:
        """The number of its steps."""
        return len(self.combinations) - 1

    def __str__(self) -> str:
        """Name its combinations."""
        return " -> ".join(map(str, self.combinations))


@dataclass(frozen=True)
class Travel:
    """A journey, ready to be made.

    Args:
        stages: its stages.
        environment: the environment with the libraries.
        modules: the modules that the services import.
        database: their answer to `database`.
        server: the address of a server; None for SQLite.

    """

    stages: Sequence[Stage]
    environment: Path
    modules: tuple[str, ...]
    database: str
    server: str | None


def find_journeys(
    found: Combinations, renderer: Renderer, seen: Sequence[Combination], *, covering: bool
) -> list[Journey]:
    """Return the journeys between all schemas that the template has.

    Args:
        found: all combinations.
        renderer: renders them.
        seen: combinations that tell on which answers the migrations depend.
        covering: leave out most of those that have one step only: another one has it, too.

    """
    journeys: list[Journey] = []
    for database in DATABASES:
        kinds = _kinds(found, renderer, seen, database)
        pairs = [(one, other) for one in kinds for other in kinds if one is not other]
        users = [one for one in kinds if USERS in renderer.tree(one).files]
        routes = [circuit(kinds), circuit(users), *(pairs if not covering else pairs[: len(kinds) - 1])]
        journeys += [Journey(database, route) for route in routes if route[1:]]
    documents = _kinds(found, renderer, seen, "mongodb")
    journeys += [Journey("mongodb", circuit(documents))] if documents[1:] else []
    return journeys


def circuit(nodes: Sequence[T]) -> list[T]:
    """Return a path that takes each step from one node to another exactly once."""
    waiting = {
        number: [other for other in range(len(nodes)) if other != number] for number in range(len(nodes))
    }
    stack = [0] if nodes else []
    way: list[T] = []
    while stack:
        if others := waiting[stack[-1]]:
            stack.append(others.pop())
        else:
            way.append(nodes[stack.pop()])
    return way[::-1]


def stages_of(journey: Journey, renderer: Renderer, template: Path) -> list[Stage]:
    """Return the stages of a journey: services with what a user added, made afresh by a template."""
    trees = [renderer.tree(one) for one in journey.combinations]
    authors = all(USERS in tree.files for tree in trees)
    own = partial(with_own_data, authors=authors) if journey.database in DATABASES else dict[str, File]
    return [
        Stage(str(one), rendered_by(own(tree.files), template))
        for one, tree in zip(journey.combinations, trees, strict=True)
    ]


def travels_of(
    journeys: Sequence[Journey],
    renderer: Renderer,
    template: Path,
    environment: Environment,
    servers: Mapping[str, str],
) -> list[Travel]:
    """Return journeys, ready to be made.

    Args:
        journeys: the journeys.
        renderer: renders the services.
        template: the repository that they are made by.
        environment: where the libraries are installed.
        servers: the address of a server, by the answer to `database`.

    """
    stages = [stages_of(journey, renderer, template) for journey in journeys]
    trees = [
        {path: file for path, file in stage.fresh.items() if path.startswith(_CODE)}
        for listed in stages
        for stage in listed
    ]
    modules = tuple(imported_modules(trees))
    return [
        Travel(listed, environment.folder, modules, journey.database, servers.get(journey.database))
        for journey, listed in zip(journeys, stages, strict=True)
    ]


def make_journey(travelled: Travel) -> Outcome:
    """Make a journey."""
    runner = migrator(Environment(travelled.environment), travelled.modules)
    with TemporaryDirectory(prefix="trellis-data-") as room:
        if travelled.database == "mongodb":
            return travel_documents(travelled.stages, runner, str(travelled.server), Path(room))
        return travel(travelled.stages, runner, travelled.server, Path(room))


def _kinds(
    found: Combinations, renderer: Renderer, seen: Sequence[Combination], database: str
) -> list[Combination]:
    """Return a combination for each chain of migrations that a database has, those with few first."""
    for combination in seen:
        renderer.tree(combination)
    names = sorted({"database", *found.resolved(renderer.names(_READS))})
    chosen: dict[object, Combination] = {}
    for combination in found.valid:
        chosen.setdefault(tuple(map(combination.mark, names)), combination)
    kinds: dict[object, Combination] = {}
    for combination in chosen.values():
        answer = combination["database"]
        if answer and answer.value == database:
            files = renderer.tree(combination).files
            models = [
                file.id for path, file in files.items() if path.startswith(_CODE) and b"INDEXES" in file.data
            ]
            kinds.setdefault(frozenset([*_chain(renderer.tree(combination)), *models]), combination)
    return sorted(kinds.values(), key=lambda one: len(list(_chain(renderer.tree(one)))))


def _chain(tree: Tree) -> Iterator[str]:
    return (file.id for path, file in tree.files.items() if path.startswith(FOLDER))
