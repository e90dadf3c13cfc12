"""Finds the files and data that a step deletes although the user wrote or uses them."""

import ast
import difflib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from trellis.git import git
from trellis.lifecycle.mentions import Removed, find_uses, parsed
from trellis.lifecycle.migrations import FOLDER, without_parent
from trellis.lifecycle.modules import imports, imports_of, module_of
from trellis.lifecycle.service import ANSWERS
from trellis.lifecycle.step import Step
from trellis.output import Model, counted
from trellis.schema.writer import is_unchanged


@dataclass(frozen=True)
class Loss(Model):
    """A file that a step deletes although you edited or use it, or a migration that deletes data."""

    path: str
    reason: str
    kind: Literal["file", "data"] = "file"


def find_losses(step: Step) -> list[Loss]:
    """Return the files that a step deletes although the user edited or imports them, and lost data."""
    lines = [
        Loss(path, f"holds {counted(added, 'line')} of yours")
        for path in step.paths("D")
        if path in step.before and (added := _added_lines(path, step))
    ]
    gone = {module_of(path): path for path in step.paths("D") if path.endswith(".py")}
    still = {module_of(path) for path in step.after if path.endswith(".py")}
    gone = {module: path for module, path in gone.items() if module not in still}
    imported = [
        Loss(gone[module], f"is imported by {path}, line {line}")
        for path, tree in _own_code(step)
        for module, line in imports(path, tree)
        if module in gone
    ]
    data = [Loss(step.migrations.paths[-1], f"deletes {what}", "data") for what in step.migrations.lost]
    return lines + sorted(imported, key=lambda loss: (loss.path, loss.reason)) + data


def find_mentions(step: Step) -> list[str]:
    """Return where the user's code uses what the step removes, a line for each."""
    own_code = dict(_own_code(step))
    removed = Removed.between(step.old, step.new, {path: step.after[path] for path in own_code})
    found: list[str] = []
    for path, tree in own_code.items():
        own = _own_lines(path, step)
        uses = sorted(set(find_uses(path, step.before.get(path, b""), tree, removed)))
        found += [f"{path}:{line} uses {name}, which is removed" for line, name in uses if line in own]
    return found


def find_missing(step: Step) -> list[str]:
    """Return where new code imports a module that the user deleted, one line each."""
    modules = {module_of(path) for path in step.after if path.endswith(".py")}
    deleted = {module_of(path) for path in step.new if path.endswith(".py")} - modules
    found: list[str] = []
    for path in (*step.paths("A"), *step.paths("M")):
        before = {module for module, _ in imports_of(path, step.before.get(path, b""))}
        imported = dict(sorted(imports_of(path, step.after[path])))
        missing = [module for module in imported if module in deleted and module not in before]
        found += [
            f"{path}:{imported[module]} imports {module}, which you deleted"
            for module in missing
            if not any(other.startswith(f"{module}.") for other in missing)
        ]
    return found


def _added_lines(path: str, step: Step) -> int:
    """Return how many lines of a file the user added, changed or removed."""
    mine, rendered = step.before[path], step.old.get(path, b"")
    if path.startswith(FOLDER):
        mine, rendered = without_parent(mine), without_parent(rendered)
    if mine == rendered or is_unchanged(step.before[path]) or _came_with_a_step(path, step):
        return 0
    compared = difflib.SequenceMatcher(None, rendered.splitlines(), mine.splitlines(), autojunk=False)
    return (
        sum(
            max(end - start, old_end - old_start)
            for tag, old_start, old_end, start, end in compared.get_opcodes()
            if tag != "equal"
        )
        or 1
    )


def _came_with_a_step(path: str, step: Step) -> bool:
    """Tell whether a file is a migration of the template's that an earlier step added, and is as it was."""
    if path in step.old or not re.match(rf"{FOLDER}\d{{4}}_", path):
        return False
    commits = git(step.service.folder, "log", "--format=%H", "--", path).split()
    if len(commits) != 1:
        return False
    listed = git(step.service.folder, "show", "--format=", "--name-only", "--relative", commits[0])
    return ANSWERS in listed.splitlines()


def _own_texts(step: Step) -> Iterator[tuple[str, bytes]]:
    """Return the Python files after the step that differ from the template's."""
    for path, data in step.after.items():
        if path.endswith(".py") and step.new.get(path) != data:
            yield path, data


def _own_code(step: Step) -> Iterator[tuple[str, ast.Module]]:
    for path, data in _own_texts(step):
        if tree := parsed(path, data):
            yield path, tree


def _own_lines(path: str, step: Step) -> set[int]:
    """Return the numbers of the lines of a file that the user wrote."""
    rendered, mine = step.new.get(path, b"").splitlines(), step.after[path].splitlines()
    compared = difflib.SequenceMatcher(None, rendered, mine, autojunk=False)
    return {
        number + 1
        for tag, _, _, start, end in compared.get_opcodes()
        if tag != "equal"
        for number in range(start, end)
    }
