"""The shell commands of a service's documents, and those that a test machine cannot run."""

import functools
import re
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from trellis.rendering.combinations import Combination
from trellis.rendering.tree import File

LANGUAGES = {"console", "python"}
"""The languages of fenced blocks: `console` is run, `python` shows a part of a module."""

NOT_RUN = {
    r"^docker ": "there is no Docker; the images are built in `tests/e2e/deployment`",
    r"^kubectl ": "there is no cluster; the manifests are checked in the proof",
    r"^certbot ": "needs a domain",
    r"^sh deploy/nginx/restart\.sh$": "runs Docker; tried in `tests/e2e/deployment`",
    r"^uv sync$": "the shared environment stands for it; the proof installs services in `installation`",
    r"…": "the reader completes it",
    r"create_admin$": "the reader completes it with an address",
}
"""Commands that bash only parses, with the reason."""

SETTINGS = {
    r"^uv run -m dev$": ("database", "worker_command"),
    r"-m dev --run": ("database",),
    r"-m serve$": ("server",),
}
"""Commands that do something else with each of these answers."""

_USERS = re.compile(r"^curl |create_admin")
"""Commands that differ in their users: one with each `auth` is enough."""

_CREDENTIALS = re.compile(r'( -b data/cookies\.txt| -H "(Authorization|X-API-Key|X-CSRF-Token): [^"]+")+')
_FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_PROGRAMS = (
    "alembic|celery|curl|docker|fastapi|git|huey_consumer|kubectl|openssl|pip|pytest|python|rq|sh|taskiq|uv"
)
_INLINE = re.compile(rf"`((?:{_PROGRAMS}) [^`]+)`")


@dataclass(frozen=True)
class Block:
    """Commands that stand together in a document."""

    document: str
    text: str

    @property
    def commands(self) -> list[str]:
        """The commands, each with all its lines."""
        return list(split(self.text))

    @property
    def run(self) -> list[str]:
        """The commands that a test machine can run."""
        return [command for command in self.commands if reason_not_to_run(command) is None]


def reason_not_to_run(command: str) -> str | None:
    """Return why a command is not run; None if it is."""
    return next((reason for pattern, reason in NOT_RUN.items() if re.search(pattern, command)), None)


def documents(files: Mapping[str, File]) -> dict[str, str]:
    """Return the texts of the documents, in the order of reading."""
    names = [name for name in files if name.startswith("docs/") and name.endswith(".md")]
    return {name: files[name].data.decode() for name in ["README.md", *sorted(names), "AGENTS.md"]}


def languages(text: str) -> set[str]:
    """Return the languages of the fenced blocks of a document."""
    return {match[1] for match in _FENCE.finditer(text)}


def blocks(files: Mapping[str, File]) -> list[Block]:
    """Return all commands of a service's documents, in the order of reading."""
    return [Block(name, text) for name, document in documents(files).items() for text in _texts(document)]


def _texts(document: str) -> Iterator[str]:
    place = 0
    for match in [*_FENCE.finditer(document), None]:
        between = document[place : match.start() if match else None]
        yield from (inline[1].replace("\n", " ") for inline in _INLINE.finditer(between))
        if match and match[1] == "console":
            yield match[2]
        place = match.end() if match else place


def meetings(block: Block, combination: Combination) -> set[tuple[object, ...]]:
    """Return what a block tries: each of its commands, with each answer that changes what it does."""
    answers = combination.values
    found: set[tuple[object, ...]] = set()
    for command in block.run:
        text = _CREDENTIALS.sub("", command)
        found.add((text,))
        if users := _USERS.search(command):
            found.add((users[0], answers["auth"]))
        for pattern, names in SETTINGS.items():
            if re.search(pattern, command):
                found |= {(text, name, answers[name]) for name in names if answers.get(name)}
    return found


def split(text: str) -> Iterator[str]:
    """Yield the commands of a block.

    Raises:
        ValueError: the block is not a whole program of bash.

    """
    waiting = ""
    for line in text.splitlines():
        waiting += line + "\n"
        if waiting.strip() and not line.endswith("\\") and is_whole(waiting):
            yield waiting.strip()
            waiting = ""
    if waiting.strip():
        raise ValueError(f"bash does not understand: {waiting}")


@functools.cache
def is_whole(text: str) -> bool:
    """Tell whether bash can parse a text."""
    return subprocess.run(["bash", "-n", "-c", text], capture_output=True, check=False).returncode == 0  # noqa: S607
