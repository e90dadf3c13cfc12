"""Every command that the README and the documents of a service show works, as a reader types it."""

import os
import random
import re
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from tests.e2e.combinations.document_commands import LANGUAGES, Block, blocks, documents, languages, meetings
from tests.e2e.combinations.document_databases import Databases
from tests.e2e.combinations.reader import CommandError, Reader
from trellis.proof.environments.shared import Environment, cache_folder, requirements, shared_environment
from trellis.proof.suites.servers import KINDS, embedded_servers
from trellis.rendering.combinations import Combination
from trellis.rendering.enumeration import find_combinations
from trellis.rendering.reads import PROJECT, Reads
from trellis.rendering.renderer import Renderer
from trellis.rendering.source import Source
from trellis.rendering.tree import File, write_files
from trellis.template_source import template_root

pytestmark = pytest.mark.combinations

FIXED = {"python_version": "3.11", "license": "MIT"}
ANSWERS = ("database", "auth", "tasks", "deployment")
"""What commands depend on: documents with each set of these answers are looked through; others vary."""

CHOSEN = (
    "database=none auth=none tasks=background server=uvicorn deployment=nginx websockets=memory ci=github",
    "database=sqlite database_style=sync auth=api_key tasks=rq server=granian deployment=docker ci=gitlab",
    "database=postgresql database_style=async auth=jwt tasks=celery server=gunicorn deployment=none",
    "database=mongodb auth=session tasks=huey server=hypercorn deployment=kubernetes static_files=true",
    "database=none auth=oidc tasks=taskiq server=uvicorn deployment=none websockets=redis",
)
"""Services whose documents have every distinct command."""

ALWAYS = re.compile(r"^(curl|API|KEY|TOKEN)\b|^uv run (-m dev|fastapi dev|-m dev\.provider)$", re.MULTILINE)
"""Blocks to type in each service: others need them, or they cost nothing."""

MOVE = re.compile(r"\w\.copy\b")
"""What blocks that move the data have, for which the reader starts over."""


@dataclass(frozen=True, eq=False)
class Book:
    """The documents of a combination, and the blocks with commands in them."""

    combination: Combination
    files: Mapping[str, File]

    @cached_property
    def blocks(self) -> list[Block]:
        return blocks(self.files)

    @cached_property
    def meetings(self) -> set[tuple[object, ...]]:
        return {meeting for block in self.blocks for meeting in meetings(block, self.combination)}


@pytest.fixture(scope="module")
def renderer(source: Source) -> Renderer:
    return Renderer(source)


@pytest.fixture(scope="module")
def books(source: Source, renderer: Renderer) -> list[Book]:
    """Return books with each set of the answers that commands depend on."""
    found = find_combinations(source, FIXED).valid
    chosen: dict[tuple[object, ...], Combination] = {}
    for combination in random.Random(0).sample(found, len(found)):  # noqa: S311 (nothing secret)
        chosen.setdefault(tuple(map(combination.mark, ANSWERS)), combination)
    return [book_of(combination, renderer) for combination in chosen.values()]


@pytest.fixture(scope="module")
def chosen(source: Source, renderer: Renderer) -> list[Book]:
    wanted = [dict(re.findall(r"(\w+)=(\w+)", answers)) for answers in CHOSEN]
    return [book_of(find_combinations(source, FIXED | answers).valid[0], renderer) for answers in wanted]


def book_of(combination: Combination, renderer: Renderer) -> Book:
    reads = Reads(("/README.md", "/AGENTS.md", "/docs/", f"/{PROJECT}"))
    return Book(combination, renderer.part(combination, reads))


@pytest.fixture(scope="module")
def environment(books: Sequence[Book]) -> Environment:
    """Return the environment of the proof."""
    needed = requirements(book.files[PROJECT] for book in books)
    return shared_environment(needed, cache_folder(template_root()))


@pytest.fixture(scope="module")
def databases(environment: Environment, servers: Mapping[str, str]) -> Iterator[dict[str, str]]:
    with embedded_servers(environment, [kind for kind in KINDS if kind not in servers]) as own:
        yield {**own, **servers}


def test_blocks_are_commands_or_python(books: Sequence[Book]) -> None:
    texts = {text for book in books for text in documents(book.files).values()}
    assert {language for text in texts for language in languages(text)} == LANGUAGES


def test_bash_understands_every_command(books: Sequence[Book]) -> None:
    commands = [command for book in books for block in book.blocks for command in block.commands]
    assert any(command.startswith("curl ") for command in commands)


def test_chosen_services_have_every_command(books: Sequence[Book], chosen: Sequence[Book]) -> None:
    met = {meeting for book in chosen for meeting in book.meetings}
    assert {meeting for book in books for meeting in book.meetings} - met == set()


def test_every_command_works(
    chosen: Sequence[Book], renderer: Renderer, environment: Environment, databases: Mapping[str, str]
) -> None:
    def problem(book: Book, planned: Sequence[Block]) -> str | None:
        """Try a second time what failed: a loaded machine can fail what waits for processes."""
        for _ in range(2):
            found = tried(book, planned, renderer, environment, databases)
            if found is None:
                break
        return found

    with ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        problems = list(filter(None, pool.map(problem, chosen, plans(chosen))))
    if problems:
        pytest.fail("\n\n".join(problems), pytrace=False)


def plans(chosen: Sequence[Book]) -> list[list[Block]]:
    """Return the blocks to type for each book: those that no book before has, and what they need."""
    known: set[tuple[object, ...]] = set()
    planned: list[list[Block]] = []
    for book in chosen:
        typed: dict[Block, None] = {}
        for block in book.blocks:
            found = meetings(block, book.combination)
            if not found <= known or (needs_service(block) and ALWAYS.search(block.text)):
                typed.setdefault(block)
            known |= found
        planned.append(sorted(typed, key=part))
    return planned


def part(block: Block) -> tuple[bool, bool, str]:
    """Return when to type a block: first what needs the service, at the end what moves its data."""
    return (
        bool(MOVE.search(block.text)),
        not needs_service(block),
        "" if needs_service(block) else block.document,
    )


def needs_service(block: Block) -> bool:
    return block.document == "README.md" or "curl" in block.text


def tried(
    book: Book,
    planned: Sequence[Block],
    renderer: Renderer,
    environment: Environment,
    servers: Mapping[str, str],
) -> str | None:
    """Make the service, and type the blocks; return the problem."""
    with TemporaryDirectory(prefix="trellis-reader-", ignore_cleanup_errors=True) as folder:
        Path(folder).chmod(0o755)
        service, answers = Path(folder, "service"), book.combination.values
        write_files(renderer.tree(book.combination).files, service)
        databases = Databases(service, environment, str(answers["database"]), servers)
        try:
            with Reader(service, environment, answers, databases).prepared() as reader:
                for key, together in groupby(planned, part):
                    if key[0]:
                        databases.start_over()
                    for block in together:
                        reader.read(block)
                    reader.stop_all()
        except CommandError as error:
            return f"{book.combination}\n{error}"
    return None
