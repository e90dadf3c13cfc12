"""Finds the files and data that a step deletes although the user wrote or uses them."""

import ast
import difflib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from trellis.living.migrations import FOLDER, without_parent
from trellis.living.modules import imports, imports_of, module_of
from trellis.living.rendering import Files
from trellis.living.step import Step
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
        if (added := _added_lines(path, step))
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
    """Return where the user's code uses a removed name (a setting, a fixture), one line each."""
    gone = _defined(step.old) - _defined(step.new) - _defined(dict(_own_texts(step)))
    found: list[str] = []
    for path, tree in _own_code(step):
        own = _own_lines(path, step)
        found += [
            f"{path}:{line} names {name}, which goes away"
            for name, line in sorted(set(_used(tree)), key=lambda use: use[1])
            if name in gone and line in own
        ]
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
    if mine == rendered or is_unchanged(step.before[path]):
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


def _own_texts(step: Step) -> Iterator[tuple[str, bytes]]:
    """Return the Python files after the step that differ from the template's."""
    for path, data in step.after.items():
        if path.endswith(".py") and step.new.get(path) != data:
            yield path, data


def _own_code(step: Step) -> Iterator[tuple[str, ast.Module]]:
    for path, data in _own_texts(step):
        try:
            yield path, ast.parse(data)
        except (SyntaxError, ValueError):
            continue  # in conflict, or for another Python


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


def _defined(files: Files) -> set[str]:
    """Return the names that code defines at the top of modules and classes."""
    found: set[str] = set()
    for path, data in files.items():
        if path.endswith(".py"):
            try:
                tree = ast.parse(data)
            except (SyntaxError, ValueError):
                continue
            for scope in [tree, *(node for node in tree.body if isinstance(node, ast.ClassDef))]:
                for node in scope.body:
                    found |= set(_names(node))
    return found


def _names(node: ast.stmt) -> Iterator[str]:
    match node:
        case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
            yield node.name
        case ast.AnnAssign(target=ast.Name(id=name)):
            yield name
        case ast.Assign():
            yield from (target.id for target in node.targets if isinstance(target, ast.Name))


def _used(tree: ast.Module) -> Iterator[tuple[str, int]]:
    for node in ast.walk(tree):
        match node:
            case ast.Name(id=name) | ast.Attribute(attr=name) | ast.arg(arg=name):
                yield name, node.lineno
            case ast.ImportFrom():
                yield from ((alias.name, alias.lineno) for alias in node.names)
