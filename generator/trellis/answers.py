"""Answers that are given beforehand: by `--set`, by a file, by a preset."""

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
    """Return the answers of a preset, those of a file above them, and the assignments above both.

    Args:
        preset: the name of a preset.
        file: a YAML file of answers; a service's `.copier-answers.yml` will do.
        assignments: texts like `auth=jwt`.

    Raises:
        BadInputError: there is no such preset, the file is none of answers, or a text is no assignment.

    """
    return {
        **(_preset(preset) if preset else {}),
        **(_from_file(file) if file else {}),
        **dict(_assignment(text) for text in assignments),
    }


def check_answers(given: Mapping[str, object], questions: "Mapping[str, Question]") -> None:
    """Refuse answers to questions that nobody is asked, and those that are none of the choices.

    Raises:
        BadInputError: with the first of them, and what is allowed instead.

    """
    asked = [name for name, question in questions.items() if not question.computed]
    for name, value in given.items():
        if name not in questions:
            raise BadInputError(f"there is no question {name!r}{instead(name, asked)}")
        if questions[name].computed:
            raise BadInputError(f"{name!r} is computed from the other answers{instead(name, asked)}")
        choices = list(questions[name].choices)
        if choices and spelled(value) not in choices:
            raise BadInputError(f"{name}={spelled(value)} is not possible{instead(spelled(value), choices)}")


def _preset(name: str) -> dict[str, object]:
    if name not in PRESETS:
        raise BadInputError(f"there is no preset {name!r}{instead(name, list(PRESETS))}")
    return PRESETS[name]


def _from_file(path: Path) -> dict[str, object]:
    return {name: value for name, value in read_answers(path).items() if not name.startswith("_")}


def read_answers(path: Path) -> dict[str, object]:
    """Return all that an answers file holds.

    Raises:
        BadInputError: it cannot be read, or is no file of answers.

    """
    try:
        answers = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise BadInputError(
            f"{path} cannot be read: {getattr(error, 'strerror', None) or 'not text'}"
        ) from error
    except yaml.YAMLError as error:
        raise BadInputError(f"{path} is not YAML: {' '.join(str(error).split())}") from error
    if not isinstance(answers, dict):
        raise BadInputError(f"{path} holds no answers; it takes lines like `database: postgresql`")
    return {str(name): value for name, value in answers.items()}


def _assignment(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals:
        raise BadInputError(f"--set takes NAME=VALUE, like database=postgresql, not {text!r}")
    return name, value


def spelled(value: object) -> str:
    """Return a value as it is written after `--set name=`."""
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
        return f"{name}={spelled((answers or {})[name])} {reason}"
    return f"{name}: {reason}"


def possible_with(remedies: Sequence[str]) -> str:
    """Return the end of a refusal: other answers that would make it possible, a few of them."""
    *first, last = remedies[:_REMEDIES] or [""]
    return f"; possible with {', '.join(first)}{' or ' if first else ''}{last}" if last else ""


def instead(wrong: str, allowed: Sequence[str]) -> str:
    """Return the end of a refusal: what was meant perhaps, and what is allowed."""
    close = get_close_matches(wrong, allowed, n=1)
    meant = f"did you mean {close[0]}? " if close else ""
    return f"; {meant}allowed: {', '.join(allowed)}"
