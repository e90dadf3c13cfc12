"""Answers given on the command line: by --set, by a file, by a preset."""

import re
from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING

import yaml

from trellis.errors import BadInputError
from trellis.presets import PRESETS

if TYPE_CHECKING:
    from trellis.questions import Question

_REMEDIES = 4
"""How many answers that would help are named at most."""


def given_answers(preset: str | None, file: Path | None, assignments: Sequence[str]) -> dict[str, object]:
    """Return the given answers: assignments override the file, which overrides the preset.

    Args:
        preset: the name of a preset.
        file: a YAML file of answers, such as a service's `.copier-answers.yml`.
        assignments: texts like `auth=jwt`.

    Raises:
        BadInputError: the preset does not exist, or the file or an assignment is invalid.

    """
    return {
        **(_preset(preset) if preset else {}),
        **(_from_file(file) if file else {}),
        **dict(_assignment(text) for text in assignments),
    }


def check_answers(given: Mapping[str, object], questions: "Mapping[str, Question]") -> None:
    """Refuse answers to unknown questions, and answers that are not among the choices.

    Raises:
        BadInputError: names the first one, and what is allowed.

    """
    asked = [name for name, question in questions.items() if not question.computed]
    for name, value in given.items():
        if name not in questions:
            raise BadInputError(f"there is no question {name!r}", instead(name, asked), code="invalid_answer")
        if questions[name].computed:
            computed = f"{name!r} is computed from the other answers"
            raise BadInputError(computed, instead(name, asked), code="invalid_answer")
        choices = list(questions[name].choices)
        if choices and spelled(value) not in choices:
            invalid = f"{name}={spelled(value)} is not a choice"
            raise BadInputError(invalid, instead(spelled(value), choices), code="invalid_answer")


def _preset(name: str) -> dict[str, object]:
    if name not in PRESETS:
        raise BadInputError(
            f"there is no preset {name!r}", instead(name, list(PRESETS)), code="invalid_usage"
        )
    return PRESETS[name]


def _from_file(path: Path) -> dict[str, object]:
    return {name: value for name, value in read_answers(path).items() if not name.startswith("_")}


def read_answers(path: Path) -> dict[str, object]:
    """Return the content of an answers file.

    Raises:
        BadInputError: it cannot be read, or does not contain answers.

    """
    try:
        answers = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is not text"
        raise BadInputError(f"cannot read {path}: {reason}", code="invalid_answers_file") from error
    except yaml.YAMLError as error:
        reason = " ".join(str(error).split())
        raise BadInputError(f"{path} is not YAML: {reason}", code="invalid_answers_file") from error
    if not isinstance(answers, dict):
        raise BadInputError(
            f"{path} contains no answers",
            "write lines like `database: postgresql`",
            code="invalid_answers_file",
        )
    return {str(name): value for name, value in answers.items()}


def _assignment(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals:
        raise BadInputError(
            f"--set takes NAME=VALUE, like database=postgresql, not {text!r}", code="invalid_usage"
        )
    return name, value


def spelled(value: object) -> str:
    """Return a value as written after `--set name=`."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def reason_of(error: object, answers: Mapping[str, object] | None = None) -> str:
    """Return Copier's message in one line, without its own words around it.

    Args:
        error: what Copier raised, or its text.
        answers: the answers that it refused one of.

    """
    text = " ".join(str(error).split())
    refused = re.fullmatch(r"(Validation error|Invalid choice) for (?:question )?'(\w+)': (.*)", text)
    if not refused:
        return text
    kind, name, reason = refused.groups()
    if kind == "Invalid choice" and name in (answers or {}):
        about = "is not a choice" if re.search(r" is not in \[", reason) else reason
        return f"{name}={spelled((answers or {})[name])} {about}"
    return f"{name}: {reason}"


def possible_with(remedies: Sequence[str]) -> str:
    """Return a hint: a few other answers that would make the refused one possible."""
    *first, last = remedies[:_REMEDIES] or [""]
    return f"possible with {', '.join(first)}{' or ' if first else ''}{last}" if last else ""


def instead(wrong: str, allowed: Sequence[str]) -> str:
    """Return a hint: the closest allowed value, and all allowed ones."""
    close = get_close_matches(wrong, allowed, n=1)
    meant = f"did you mean {close[0]}? " if close else ""
    return f"{meant}allowed: {', '.join(allowed)}"
