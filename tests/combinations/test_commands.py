"""Every command that the README and the documents of a service show works, as a reader types it."""

import os
import re
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from tests.combinations.document_commands import LANGUAGES, Block, blocks, documents, languages, meetings
from tests.combinations.reader import CommandError, Reader
from trellis.proof.combinations import Combination, find_combinations
from trellis.proof.covering import covering
from trellis.proof.environment import Environment, cache_folder, requirements, shared_environment
from trellis.proof.inputs import PROJECT, Reads
from trellis.proof.rendering import File, Renderer, write_files
from trellis.proof.selection import sample_of
from trellis.proof.servers import KINDS, embedded_servers
from trellis.proof.source import Source
from trellis.template import template_root

pytestmark = pytest.mark.combinations

DOCUMENTS = Reads(("/README.md", "/docs/"))
MOST = 4_000
"""How many random combinations are looked through for distinct documents."""

ONCE = re.compile(r"\buv (lock|run (pytest|ruff|pyrefly|deptry|pre-commit))\b")
"""Commands that judge a service: other parts of the proof run them in all, so one of each text is enough."""


@dataclass(frozen=True, eq=False)
class Book:
    """The documents of a combination, and the blocks with commands in them."""

    combination: Combination
    files: Mapping[str, File]

    @property
    def blocks(self) -> list[Block]:
        return blocks(self.files)


@pytest.fixture(scope="module")
def renderer(source: Source) -> Renderer:
    return Renderer(source)


@pytest.fixture(scope="module")
def books(source: Source, renderer: Renderer) -> list[Book]:
    """Return books with every distinct document, for the lowest Python."""
    found = find_combinations(source, {"python_version": "3.11"})
    books: dict[object, Book] = {}
    for combination in sample_of(found.valid)[:MOST]:
        files = renderer.part(combination, DOCUMENTS)
        books.setdefault(frozenset(meetings(files, combination)), Book(combination, files))
    return list(books.values())


@pytest.fixture(scope="module")
def chosen(books: Sequence[Book]) -> list[Book]:
    """Return the few books that have every distinct block, for each answer that changes what it does."""
    return covering(books, lambda book: meetings(book.files, book.combination))


@pytest.fixture(scope="module")
def environment(chosen: Sequence[Book], renderer: Renderer) -> Environment:
    projects = Reads((f"/{PROJECT}",))
    needed = requirements(renderer.part(book.combination, projects)[PROJECT] for book in chosen)
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


def test_every_command_works(
    chosen: Sequence[Book], renderer: Renderer, environment: Environment, databases: Mapping[str, str]
) -> None:
    def problem(book: Book, only: set[str]) -> str | None:
        return tried(book, only, renderer, environment, databases)

    with ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        problems = list(filter(None, pool.map(problem, chosen, planned(chosen))))
    if problems:
        pytest.fail("\n\n".join(problems), pytrace=False)


def planned(chosen: Sequence[Book]) -> list[set[str]]:
    """Return the commands to run for each book: those that judge a service only in the first with them."""
    known: set[str] = set()
    plans = []
    for book in chosen:
        commands = {command for block in book.blocks for command in block.run}
        plans.append({command for command in commands if command not in known or not ONCE.search(command)})
        known |= commands
    return plans


def tried(
    book: Book,
    only: set[str],
    renderer: Renderer,
    environment: Environment,
    databases: Mapping[str, str],
) -> str | None:
    """Make the service, and read its documents; return the problem."""
    with TemporaryDirectory(prefix="trellis-reader-", ignore_cleanup_errors=True) as folder:
        Path(folder).chmod(0o755)
        service = Path(folder, "service")
        write_files(renderer.tree(book.combination).files, service)
        reader = Reader(service, environment, book.combination.values, databases)
        try:
            with reader.prepared():
                for block in book.blocks:
                    reader.read(block, only=only)
        except CommandError as error:
            return f"{book.combination}\n{error}"
    return None
