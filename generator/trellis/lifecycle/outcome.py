"""The result of a step: a model for programs, lines for people."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from trellis.lifecycle.impact import Loss
from trellis.lifecycle.moves import Move
from trellis.lifecycle.service import way_to
from trellis.output import Error, Model, counted
from trellis.template_source import is_carried

Command = Literal["add", "drop", "switch", "update"]
UNDO = "git restore --source=HEAD --staged --worktree ."


@dataclass(frozen=True, kw_only=True)
class AnswerChange(Model):
    """An answer that changes."""

    name: str
    old: str | None
    """The answer before; null for a new question."""
    new: str | None
    """The answer after; null for a question that no longer applies."""


@dataclass(frozen=True, kw_only=True)
class Unapplied(Model):
    """A change of the template to a file that you deleted."""

    path: str
    lines: list[str]
    """The change, as a unified diff."""


@dataclass(frozen=True, kw_only=True)
class FileChanges(Model):
    """What happens to files, by their paths below the service's folder."""

    made: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    removed: list[str] = field(default_factory=list)
    renamed: list[Move] = field(default_factory=list)
    """Files and folders that the template renamed, with your lines in them."""
    conflicting: list[str] = field(default_factory=list)
    """Files with conflict markers: you and Trellis edited the same lines."""
    not_applied: list[Unapplied] = field(default_factory=list)
    """Changes to files that you deleted."""
    moved: list[Move] = field(default_factory=list)
    """Files and folders of the template that you moved."""
    left_out: list[str] = field(default_factory=list)
    """Folders that you deleted; the template's changes to them are left out."""
    made_folders: list[str] = field(default_factory=list)
    """Folders that are new as a whole."""
    removed_folders: list[str] = field(default_factory=list)
    """Folders that are removed as a whole."""


@dataclass(frozen=True, kw_only=True)
class Dependencies(Model):
    """Requirements of pyproject.toml that are added or removed."""

    added: list[str] = field(default_factory=list)
    removed: list[str] = field(default_factory=list)


@dataclass(frozen=True, kw_only=True)
class StepOutcome(Model):
    """What add, drop, switch and update change, or with --dry-run would change."""

    command: Command
    folder: str
    """The service's folder; the next commands run there."""
    dry_run: bool
    applied: bool
    """Whether files were changed."""
    template: str
    old_version: str
    version: str
    """The template's version after the step."""
    changelog: list[str] = field(default_factory=list)
    """The lines of the template's changelog between the two versions."""
    answers: Mapping[str, object]
    """All answers after the step."""
    changed_answers: list[AnswerChange] = field(default_factory=list)
    files: FileChanges = field(default_factory=FileChanges)
    dependencies: Dependencies = field(default_factory=Dependencies)
    migrations: list[str] = field(default_factory=list)
    """Migrations that the step adds."""
    losses: list[Loss] = field(default_factory=list)
    """Files that you edited or use, and that the step deletes."""
    warnings: list[str] = field(default_factory=list)
    """What to check by hand."""
    next: list[str] = field(default_factory=list)
    """Commands to run next; after a conflict, resolve the markers first."""
    tests_passed: bool | None = None
    """With --check, whether the service's tests passed."""
    error: Error | None = None

    @property
    def nothing_to_do(self) -> bool:
        """Whether the service is up to date."""
        return self.version == self.old_version and not self.changed_answers


def lines_of(outcome: StepOutcome) -> list[str]:
    """Return what a step changes and what to do next, as lines for people."""
    if outcome.nothing_to_do:
        where = " in this Trellis" if is_carried(outcome.template) else ""
        return [f"{outcome.version} is the newest version{where}; nothing to do"]
    return [*_change_lines(outcome), *_end_lines(outcome)]


def refusal_of(outcome: StepOutcome) -> str:
    """Return why a step with losses is not taken, as lines for people."""
    message = outcome.error.message if outcome.error else ""
    listed = "\n".join(f"  {loss.path} {loss.reason}" for loss in outcome.losses)
    return f"stopped: {message}:\n{listed}\nRun again with --discard to delete them."


def _change_lines(outcome: StepOutcome) -> list[str]:
    lines = []
    if outcome.version != outcome.old_version:
        lines += [f"Template: {outcome.old_version} -> {outcome.version}", "", *outcome.changelog]
    lines += [*map(_answer_line, outcome.changed_answers), "", *_file_lines(outcome.files)]
    moved = [f"  {move.old} -> {move.new}" for move in outcome.files.moved]
    lines += _block("Files that you moved are changed in their new place:", moved)
    left_out = [f"  {folder}/" for folder in outcome.files.left_out]
    lines += _block("Left out, because you deleted the folder:", left_out)
    dependencies = [f"  - {name}" for name in outcome.dependencies.removed]
    dependencies += [f"  + {name}" for name in outcome.dependencies.added]
    lines += _block("Dependencies:", dependencies)
    lines += _block("Please check:", [f"  {warning}" for warning in outcome.warnings])
    changes = [f"  {line}" for change in outcome.files.not_applied for line in change.lines]
    lines += _block("Not applied, because you deleted the file:", changes)
    conflicts = [f"  {path}" for path in outcome.files.conflicting]
    return lines + _block("Merge conflicts: you and Trellis edited the same lines", conflicts)


def _block(title: str, lines: Sequence[str]) -> list[str]:
    return ["", title, *lines] if lines else []


def _answer_line(change: AnswerChange) -> str:
    if change.old is None:
        return f"{change.name}: (new) {change.new}"
    return f"{change.name}: {change.old} -> {change.new or '(none)'}"


def _file_lines(files: FileChanges) -> list[str]:
    made, removed = _summed(files.made, files.made_folders), _summed(files.removed, files.removed_folders)
    lines = [
        f"  {word:<8} {path}"
        for word, paths in (("made", made), ("changed", files.changed), ("removed", removed))
        for path in paths
    ]
    lines += [f"  renamed  {move.old} -> {move.new}" for move in files.renamed]
    return lines or ["  no file changes"]


def _summed(paths: Sequence[str], folders: Collection[str]) -> list[str]:
    """Return the paths, those in each of these folders as one."""
    shown: dict[str, int] = {}
    for path in paths:
        folder = next((folder for folder in folders if path.startswith(f"{folder}/")), None)
        key = f"{folder}/" if folder else path
        shown[key] = shown.get(key, 0) + 1
    return [
        f"{path} ({counted(count, 'file')})" if path[-1] == "/" else path for path, count in shown.items()
    ]


def _end_lines(outcome: StepOutcome) -> list[str]:
    if outcome.dry_run:
        return ["", "Nothing was changed (--dry-run)."]
    if not outcome.applied:
        return []
    commands = [f"  {line}" for line in (*way_to(Path(outcome.folder)), *outcome.next)]
    if outcome.files.conflicting:
        undo = f"To undo everything instead: {UNDO}"
        return ["", "Resolve the markers in each file, then run:", "", *commands, "", undo]
    return ["", "Next:", "", *commands]
