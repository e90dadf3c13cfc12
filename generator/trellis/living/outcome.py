"""What a person is told of a step: what it does to the files, what it would take, and what comes next."""

import tomllib
from collections.abc import Mapping, Sequence

from trellis.answers import spelled
from trellis.living.losses import Loss
from trellis.living.rendering import Files
from trellis.living.step import Step

_SERVER = "dev/postgresql.py"
KINDS = {"A": "made", "M": "changed", "D": "removed"}


def described(step: Step, answers: Mapping[str, object]) -> list[str]:
    """Return lines about what a step does.

    Args:
        step: the step.
        answers: all answers after it.

    """
    lines = [*_answers(step.service.own_answers, answers), ""]
    for kind, word in KINDS.items():
        lines += [f"  {word:<8} {path}" for path in step.paths(kind)]
    if not step.changes:
        lines.append("  no file changes")
    changed = requirements_changed(step)
    if changed:
        lines += ["", "Dependencies:", *(f"  {line}" for line in changed)]
    return lines


def told_conflicts(step: Step) -> list[str]:
    """Return lines about the files in conflict and what to do with them; none if there are none."""
    if not step.conflicts:
        return []
    return [
        "",
        "In conflict, because you and the step changed the same lines:",
        *(f"  {path}" for path in step.conflicts),
        "Choose between <<<<<<< and >>>>>>> in each, then: git add " + " ".join(step.conflicts),
        "To give the step up: git reset --hard",
    ]


def told_losses(losses: Sequence[Loss]) -> str:
    """Return why a step is not taken."""
    listed = "\n".join(f"  {loss.path} {loss.reason}" for loss in losses)
    return (
        f"nothing is changed, for these files would go away:\n{listed}\n"
        "Move what you need, or give it up: the same again with --discard"
    )


def told_mentions(mentions: Sequence[str]) -> list[str]:
    """Return lines about the user's code that names what goes away; none if there is none."""
    return ["", "To be looked at:", *(f"  {mention}" for mention in mentions)] if mentions else []


def next_commands(step: Step) -> list[str]:
    """Return the commands that come after a step."""
    commands = ["uv sync"] if any(change.path == "pyproject.toml" for change in step.changes) else []
    if step.migrations.paths:
        commands.append(_upgrade(step))
    return [*commands, "uv run pytest", "git diff", "git commit --all"]


def requirements_changed(step: Step) -> list[str]:
    """Return a line for each requirement that comes or goes: `+ name>=1`, `- name>=1`."""
    before, after = _requirements(step.before), _requirements(step.after)
    if before is None or after is None:  # in conflict
        before, after = _requirements(step.old) or [], _requirements(step.new) or []
    gone = [f"- {requirement}" for requirement in before if requirement not in after]
    return gone + [f"+ {requirement}" for requirement in after if requirement not in before]


def _upgrade(step: Step) -> str:
    """Return the command that runs the migrations, on an embedded server too."""
    return f"uv run {'-m dev --run ' if _SERVER in step.after else ''}alembic upgrade head"


def _answers(before: Mapping[str, object], after: Mapping[str, object]) -> list[str]:
    lines = []
    for name in dict.fromkeys([*after, *before]):
        old, new = (spelled(answers[name]) if name in answers else "-" for answers in (before, after))
        if old != new:
            lines.append(f"{name}: {old} -> {new}")
    return lines


def _requirements(files: Files) -> list[str] | None:
    try:
        project = tomllib.loads(files["pyproject.toml"].decode())
    except (KeyError, ValueError):
        return None
    found = list(project.get("project", {}).get("dependencies", []))
    for name, group in project.get("dependency-groups", {}).items():
        found += [f"{requirement} ({name})" for requirement in group if isinstance(requirement, str)]
    return found
