"""Says where the rows stay after a change of the database."""

from collections.abc import Mapping

from trellis.lifecycle.step import Step

SQL = ("sqlite", "postgresql")
COPY = "uv run -m migrations.copy SOURCE TARGET"
"""The service's own command that copies all rows from one database to another."""
MANUAL = "docs/database.md"
"""What tells how."""


def find_rows_left(step: Step, answers: Mapping[str, object]) -> list[str]:
    """Return a warning that says where the rows stay, if a step changes the database.

    Args:
        step: the step.
        answers: all answers after it.

    """
    old, new = _databases(step, answers)
    if old in (new, "none"):
        return []
    prefix = step.service.own_answers.get("env_prefix") or ""
    place = (
        f"file that {prefix}DATABASE_PATH names (by default data/app.db)"
        if old == "sqlite"
        else f"{old} database that {prefix}DATABASE_URL names (in development data/{old})"
    )
    copy = f"; {MANUAL} explains how to copy them: {COPY}" if {old, new} <= {*SQL} else ""
    return [f"your rows stay in the {place}{copy}"]


def has_new_database(step: Step, answers: Mapping[str, object]) -> bool:
    """Tell whether the service's next database is another one, in which no migration has run."""
    old, new = _databases(step, answers)
    return old != new and new in SQL


def _databases(step: Step, answers: Mapping[str, object]) -> tuple[object, object]:
    """Return the database before the step, and after it."""
    return step.service.own_answers.get("database", "none"), answers.get("database", "none")
