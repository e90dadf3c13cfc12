"""The result of a step: a model for programs, lines for people."""

import difflib
import os
import shlex
import tomllib
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Literal

from trellis.answers import spelled
from trellis.living.losses import Loss
from trellis.living.moves import Moves
from trellis.living.rendering import Files
from trellis.living.service import Service
from trellis.living.step import Step
from trellis.output import Error, Model, counted

_SERVER = "dev/postgresql.py"
Command = Literal["add", "drop", "switch", "update"]
UNDO = "git restore --source=HEAD --staged --worktree ."

_FEW = 3
"""From this number of files on, a folder that comes or goes as a whole is shown as one line."""


@dataclass(frozen=True, kw_only=True)
class AnswerChange(Model):
    """An answer that changes."""

    name: str
    old: str | None
    """The answer before; null for a new question."""
    new: str | None
    """The answer after; null for a question that no longer applies."""


@dataclass(frozen=True, kw_only=True)
class Move(Model):
    """A file or folder of the template that you moved; Trellis changes it in its new place."""

    old: str
    new: str


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
    conflicting: list[str] = field(default_factory=list)
    """Files with conflict markers: you and Trellis edited the same lines."""
    not_applied: list[Unapplied] = field(default_factory=list)
    """Changes to files that you deleted."""
    moved: list[Move] = field(default_factory=list)
    """Files and folders of the template that you moved."""
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


def unchanged(command: Command, service: Service, *, dry_run: bool) -> StepOutcome:
    """Return the result of a command that has nothing to do."""
    return StepOutcome(
        command=command,
        folder=str(service.folder),
        dry_run=dry_run,
        applied=False,
        template=service.source,
        old_version=service.version,
        version=service.version,
        answers=service.own_answers,
    )


def outcome_of(  # noqa: PLR0913 (one parameter for each part)
    command: Command,
    step: Step,
    answers: Mapping[str, object],
    version: str,
    *,
    changelog: Sequence[str],
    losses: Sequence[Loss],
    warnings: Sequence[str],
    dry_run: bool,
    discard: bool,
) -> StepOutcome:
    """Return the result of a step, as it will be once its files are in place.

    Args:
        command: the command's name.
        step: the step.
        answers: all answers after it.
        version: the template's version after it.
        changelog: the lines of the changelog between the two versions.
        losses: the files of the user that it deletes.
        warnings: lines about what to check.
        dry_run: whether it only shows what would change.
        discard: whether the user accepts the losses.

    """
    error = (
        _refusal(losses) if losses and not discard else _conflict(step.conflicts) or _leftover(step.unapplied)
    )
    return StepOutcome(
        command=command,
        folder=str(step.service.folder),
        dry_run=dry_run,
        applied=not dry_run and not (losses and not discard),
        template=step.service.source,
        old_version=step.service.version,
        version=version,
        changelog=list(changelog),
        answers=answers,
        changed_answers=_changed_answers(step.service.own_answers, answers),
        files=FileChanges(
            made=step.paths("A"),
            changed=step.paths("M"),
            removed=step.paths("D"),
            conflicting=step.conflicts,
            not_applied=[Unapplied(path=path, lines=_difference(path, step)) for path in step.unapplied],
            moved=_moves(step),
            made_folders=_whole_folders(step.paths("A"), step.before),
            removed_folders=_whole_folders(step.paths("D"), step.after),
        ),
        dependencies=_dependencies(step),
        migrations=step.migrations.paths,
        losses=list(losses),
        warnings=list(warnings),
        next=next_commands(step),
        error=error,
    )


def lines_of(outcome: StepOutcome) -> list[str]:
    """Return what a step changes and what to do next, as lines for people."""
    if outcome.nothing_to_do:
        return [f"{outcome.version} is the newest version; nothing to do"]
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


def _end_lines(outcome: StepOutcome) -> list[str]:
    if outcome.dry_run:
        return ["", "Nothing was changed (--dry-run)."]
    if not outcome.applied:
        return []
    commands = [f"  {line}" for line in (*_way_to(Path(outcome.folder)), *outcome.next)]
    if outcome.files.conflicting:
        undo = f"To undo everything instead: {UNDO}"
        return ["", "Resolve the markers in each file, then run:", "", *commands, "", undo]
    return ["", "Next:", "", *commands]


def _way_to(folder: Path) -> list[str]:
    """Return the command that goes to a folder, unless it is the current one."""
    try:
        return [] if Path.cwd() == folder else [f"cd {shlex.quote(os.path.relpath(folder))}"]
    except FileNotFoundError:  # the step removed the current folder
        return [f"cd {shlex.quote(str(folder))}"]


def next_commands(step: Step) -> list[str]:
    """Return the commands that come after a step."""
    add = [f"git add {' '.join(map(shlex.quote, step.conflicts))}"] if step.conflicts else []
    sync = ["uv sync"] if any(change.path == "pyproject.toml" for change in step.changes) else []
    upgrade = [_upgrade(step)] if step.migrations.paths else []
    return [*add, *sync, *upgrade, "uv run pytest", *_git_commands(step.service)]


def requirements_changed(step: Step) -> tuple[list[str], list[str]]:
    """Return the requirements that are added, and those that are removed."""
    before, after = _requirements(step.before), _requirements(step.after)
    if before is None or after is None:  # in conflict
        before, after = _requirements(step.old) or [], _requirements(step.new) or []
    added = [requirement for requirement in after if requirement not in before]
    return added, [requirement for requirement in before if requirement not in after]


def _upgrade(step: Step) -> str:
    """Return the command that runs the migrations, on an embedded server too."""
    return f"uv run {'-m dev --run ' if _SERVER in step.after else ''}alembic upgrade head"


def _dependencies(step: Step) -> Dependencies:
    added, removed = requirements_changed(step)
    return Dependencies(added=added, removed=removed)


def _git_commands(service: Service) -> list[str]:
    """Return the commands that show a step and commit it, without other folders of the repository."""
    return ["git diff .", "git commit ."] if service.prefix else ["git diff", "git commit --all"]


def _refusal(losses: Sequence[Loss]) -> Error:
    files = len({loss.path for loss in losses if loss.kind == "file"})
    parts = [f"{counted(files, 'file')} you edited or use"] if files else []
    parts += ["data in your database"] if any(loss.kind == "data" for loss in losses) else []
    return Error(
        code="would_delete",
        message=f"this would delete {' and '.join(parts)}",
        hint="run again with --discard to delete them",
    )


def _conflict(paths: Sequence[str]) -> Error | None:
    if not paths:
        return None
    return Error(
        code="conflict",
        message=f"merge conflicts in {counted(len(paths), 'file')}: you and Trellis edited the same lines",
        hint=f"resolve the markers in each file; to undo everything instead: {UNDO}",
    )


def _leftover(paths: Sequence[str]) -> Error | None:
    if not paths:
        return None
    changes = counted(len(paths), "change")
    return Error(
        code="not_applied",
        message=f"{changes} not applied, because you deleted the file",
        hint="apply them by hand where you need them",
    )


def _difference(path: str, step: Step) -> list[str]:
    """Return the template's change to a file as a unified diff."""
    old, new = (files.get(path, b"").decode(errors="replace").splitlines() for files in (step.old, step.new))
    return list(difflib.unified_diff(old, new, path, path, lineterm="", n=1))


def _moves(step: Step) -> list[Move]:
    """Return the user's moves that a change of this step followed."""
    places = {change.path for change in step.changes} | {*step.conflicts}
    moves = step.arrangement.moves
    pairs = [(f"{old}/", f"{new}/") for old, new in sorted(moves.folders.items())]
    inside = Moves(folders=moves.folders)
    pairs += [(old, new) for old, new in sorted(moves.files.items()) if inside.place(old) != new]
    return [Move(old=old, new=new) for old, new in pairs if any(path.startswith(new) for path in places)]


def _changed_answers(before: Mapping[str, object], after: Mapping[str, object]) -> list[AnswerChange]:
    found = []
    for name in dict.fromkeys([*after, *before]):
        old, new = (spelled(answers[name]) if name in answers else None for answers in (before, after))
        if old != new:
            found.append(AnswerChange(name=name, old=old, new=new))
    return found


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


def _whole_folders(paths: Sequence[str], others: Collection[str]) -> list[str]:
    """Return the topmost folders with some of these paths, and none of the others."""
    kept = {parent for path in others for parent in PurePosixPath(path).parents}
    whole = [
        [parent for parent in PurePosixPath(path).parents if parent not in kept and parent.name]
        for path in paths
    ]
    counts = Counter(str(parents[-1]) for parents in whole if parents)
    return [folder for folder, count in counts.items() if count >= _FEW]


def _requirements(files: Files) -> list[str] | None:
    try:
        project = tomllib.loads(files["pyproject.toml"].decode())
    except (KeyError, ValueError):
        return None
    found = list(project.get("project", {}).get("dependencies", []))
    for name, group in project.get("dependency-groups", {}).items():
        found += [f"{requirement} ({name})" for requirement in group if isinstance(requirement, str)]
    return found
