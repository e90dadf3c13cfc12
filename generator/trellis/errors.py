"""Errors that a person or a program can act on."""

from typing import Literal

Code = Literal[
    "invalid_usage",
    "invalid_input",
    "invalid_answer",
    "invalid_answers_file",
    "invalid_address",
    "not_a_service",
    "not_a_repository",
    "unsafe_repository",
    "git_missing",
    "git_failed",
    "uncommitted_changes",
    "operation_in_progress",
    "no_commit",
    "step_in_progress",
    "folder_not_empty",
    "file_in_the_way",
    "symbolic_link",
    "windows_line_endings",
    "template_unreachable",
    "template_error",
    "version_not_found",
    "version_too_old",
    "migration_conflict",
    "would_delete",
    "conflict",
    "not_applied",
    "tests_failed",
    "not_installed",
    "terminal_required",
    "io_error",
    "interrupted",
    "internal_error",
]
"""The codes of all errors. Programs rely on them: add new ones, never rename or remove one."""


class TrellisError(Exception):
    """A command cannot do what it was asked for.

    Args:
        message: what is wrong, in one line.
        hint: what to do, or what is allowed.
        code: the error's name for programs.

    """

    exit_code = 1

    def __init__(self, message: str, hint: str = "", *, code: Code = "invalid_input") -> None:
        super().__init__(f"{message}; {hint}" if hint else message)
        self.message = message
        self.hint = hint
        self.code: Code = code


class BadInputError(TrellisError, ValueError):
    """Invalid input."""

    exit_code = 2
