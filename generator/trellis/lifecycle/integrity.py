"""Detects an answers file that was edited by hand, and so does not match the service.

It was edited by hand if its last change came without any file of the template, and the service shows no
effect of the new answers.
"""

from collections.abc import Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

import yaml

from trellis.answers import spelled
from trellis.errors import BadInputError
from trellis.git import GitError, git
from trellis.lifecycle.copier_worker import Copies
from trellis.lifecycle.migrations import FOLDER
from trellis.lifecycle.moves import Moves
from trellis.lifecycle.rendered import Files, render
from trellis.lifecycle.service import ANSWERS, Service


@dataclass(frozen=True)
class AnswersChange:
    """The last change of a service's answers.

    Args:
        before: the commit before it.
        commit: its commit; None if it is not committed.
        answers: the answers before it.

    """

    before: str
    commit: str | None
    answers: Mapping[str, object]


def check_integrity(service: Service, rendered: Files, moves: Moves, copies: Copies) -> None:
    """Refuse an answers file that was edited by hand.

    Args:
        service: the service.
        rendered: the files that the template renders for its answers.
        moves: where the user moved them.
        copies: the copies of the template.

    Raises:
        BadInputError: it was edited by hand.

    """
    change = _last_change(service)
    if not change or _came_with_others(change, service, {*rendered, *map(moves.place, rendered)}):
        return
    try:
        old = render(service, change.answers, copies).files
    except BadInputError:
        return
    expected = list(_expected(service, change, old, rendered, moves))
    if expected and not any(expected):
        raise _edited(service, change)


def _last_change(service: Service) -> AnswersChange | None:
    """Return the last change of the answers within the service's version of the template."""
    following: str | None = None
    for commit in git(service.folder, "log", "--format=%H", "--", ANSWERS).split():
        answers = _answers_in(commit, service)
        if answers.get("_commit") != service.version:
            return None
        own = {name: value for name, value in answers.items() if not name.startswith("_")}
        if own != service.own_answers:
            return AnswersChange(f"{following[:10]}~" if following else "HEAD", following, own)
        following = commit
    return None


def _answers_in(commit: str, service: Service) -> dict[str, object]:
    try:
        found = yaml.safe_load(git(service.folder, "show", f"{commit}:./{ANSWERS}"))
    except (GitError, yaml.YAMLError):
        return {}
    return found if isinstance(found, dict) else {}


def _came_with_others(change: AnswersChange, service: Service, rendered: AbstractSet[str]) -> bool:
    """Tell whether files of the template changed in the same commit, as in a step."""
    commits = [change.before, change.commit] if change.commit else [change.before]
    try:
        listed = git(service.folder, "diff", "--name-status", "-z", "--no-renames", "--relative", *commits)
    except GitError:  # a shallow clone: the history ends here
        return True
    fields = listed.split("\0")
    changed = zip(fields[::2], fields[1::2], strict=False)
    return any(kind == "D" or path in rendered for kind, path in changed if path != ANSWERS)


def _expected(
    service: Service, change: AnswersChange, old: Files, new: Files, moves: Moves
) -> Iterator[bool]:
    """Tell for each change of a step whether the service has it."""
    listed = git(service.folder, "ls-tree", "-r", "-z", "--name-only", change.before)
    before = set(listed.split("\0")[:-1])
    deleted = _folders(old) - _folders(before)
    for path in (old.keys() | new.keys()) - {ANSWERS}:
        if path.startswith(FOLDER):
            continue
        now = service.folder / moves.place(path)
        past = path if path in before else moves.place(path)
        if past in before and path not in new:
            yield not now.exists()
        elif past in before:
            was = git(service.folder, "show", f"{change.before}:./{past}").encode(errors="surrogateescape")
            yield from _expected_lines(was, old.get(path, b""), new[path], now)
        elif path not in old and PurePosixPath(path).parent not in deleted:
            yield now.exists()


def _expected_lines(was: bytes, old: bytes, new: bytes, file: Path) -> Iterator[bool]:
    """Tell whether the service has any of the changes to a file's lines."""
    added = _lines(new) - _lines(old) - _lines(was)
    removed = (_lines(old) - _lines(new)) & _lines(was)
    if (added or removed) and file.is_file():
        now = _lines(file.read_bytes())
        yield bool(added & now or removed - now)


def _folders(paths: Iterable[str]) -> set[PurePosixPath]:
    return {PurePosixPath(path).parent for path in paths}


def _lines(data: bytes) -> set[bytes]:
    return set(data.splitlines())


def _edited(service: Service, change: AnswersChange) -> BadInputError:
    now = service.own_answers
    names = [name for name in now if now[name] != change.answers.get(name)]
    said = " ".join(f"{name}={spelled(now[name])}" for name in names)
    restore = f"git checkout {change.before} -- {ANSWERS}" + (
        f" && git commit {ANSWERS}" if change.commit else ""
    )
    return BadInputError(
        f"{ANSWERS} was edited by hand: it says {said}, but the service's files do not",
        f"restore it ({restore}), then run: trellis switch {said}",
        code="invalid_answers_file",
    )
