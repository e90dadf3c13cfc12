"""Sums up a step: what it changes, what it deletes, and what to do next."""

import difflib
import shlex
import tomllib
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from pathlib import PurePosixPath

from trellis.answers import spelled
from trellis.lifecycle.impact import Loss
from trellis.lifecycle.moves import Move
from trellis.lifecycle.outcome import (
    UNDO,
    AnswerChange,
    Command,
    Dependencies,
    FileChanges,
    StepOutcome,
    Unapplied,
)
from trellis.lifecycle.rendered import Files
from trellis.lifecycle.rows import has_new_database
from trellis.lifecycle.service import Service
from trellis.lifecycle.step import Step
from trellis.output import Error, counted

_SERVER = "dev/postgresql.py"
_FEW = 3
"""From this number of files on, a folder that is new or removed is shown as one line."""


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
    made = [path for path in step.paths("A") if path not in step.before]
    removed = [path for path in step.paths("D") if path in step.before]
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
            made=made,
            changed=step.paths("M"),
            removed=removed,
            renamed=[Move(old=old, new=new) for old, new in step.carried.pairs],
            conflicting=step.conflicts,
            not_applied=[Unapplied(path=path, lines=_difference(path, step)) for path in step.unapplied],
            moved=_moves(step),
            left_out=_left_out(step),
            made_folders=_whole_folders(made, step.before),
            removed_folders=_whole_folders(removed, step.after),
        ),
        dependencies=_dependencies(step),
        migrations=step.migrations.paths,
        losses=list(losses),
        warnings=list(warnings),
        next=_next_commands(step, answers),
        error=error,
    )


def _next_commands(step: Step, answers: Mapping[str, object]) -> list[str]:
    """Return the commands that come after a step."""
    resolved = sorted({*step.conflicts, *step.marked})
    add = [f"git add {' '.join(map(shlex.quote, resolved))}"] if resolved else []
    sync = ["uv sync"] if any(change.path == "pyproject.toml" for change in step.changes) else []
    upgrade = [_upgrade(step)] if step.migrations.paths or has_new_database(step, answers) else []
    return [*add, *sync, *upgrade, "uv run pytest", "git diff .", "git commit ."]


def requirements_changed(step: Step) -> tuple[list[str], list[str]]:
    """Return the requirements that are added, and those that are removed."""
    before, after = _requirements(step.before), _requirements(step.after)
    if before is None or after is None:  # in conflict
        before, after = _requirements(step.old) or [], _requirements(step.new) or []
    added = [requirement for requirement in after if requirement not in before]
    return added, [requirement for requirement in before if requirement not in after]


def _dependencies(step: Step) -> Dependencies:
    added, removed = requirements_changed(step)
    return Dependencies(added=added, removed=removed)


def _requirements(files: Files) -> list[str] | None:
    try:
        project = tomllib.loads(files["pyproject.toml"].decode())
    except (KeyError, ValueError):
        return None
    found = list(project.get("project", {}).get("dependencies", []))
    for name, group in project.get("dependency-groups", {}).items():
        found += [f"{requirement} ({name})" for requirement in group if isinstance(requirement, str)]
    return found


def _upgrade(step: Step) -> str:
    """Return the command that runs the migrations, on an embedded server too."""
    return f"uv run {'-m dev --run ' if _SERVER in step.after else ''}alembic upgrade head"


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
    pairs = step.arrangement.moves.pairs
    return [Move(old=old, new=new) for old, new in pairs if any(path.startswith(new) for path in places)]


def _left_out(step: Step) -> list[str]:
    """Return the folders that the user deleted and this step would change."""
    paths = step.merge.left_out
    return [
        folder for folder in step.arrangement.deleted if any(path.startswith(f"{folder}/") for path in paths)
    ]


def _changed_answers(before: Mapping[str, object], after: Mapping[str, object]) -> list[AnswerChange]:
    found = []
    for name in dict.fromkeys([*after, *before]):
        old, new = (spelled(answers[name]) if name in answers else None for answers in (before, after))
        if old != new:
            found.append(AnswerChange(name=name, old=old, new=new))
    return found


def _whole_folders(paths: Sequence[str], others: Collection[str]) -> list[str]:
    """Return the topmost folders with some of these paths, and none of the others."""
    kept = {parent for path in others for parent in PurePosixPath(path).parents}
    whole = [
        [parent for parent in PurePosixPath(path).parents if parent not in kept and parent.name]
        for path in paths
    ]
    counts = Counter(str(parents[-1]) for parents in whole if parents)
    return [folder for folder, count in counts.items() if count >= _FEW]
