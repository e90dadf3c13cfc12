"""What the shell offers on Tab: nothing if something fails, since an error would garble the line."""

import os
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from trellis.answers import spelled
from trellis.errors import TrellisError
from trellis.presets import PRESETS
from trellis.template_source import template_address

if TYPE_CHECKING:
    from collections.abc import Iterable

    from trellis.lifecycle.service import Service
    from trellis.questions import Question

Offered = list[tuple[str, str]]


def complete_preset(incomplete: str) -> list[str]:
    """Offer presets."""
    return [name for name in PRESETS if name.startswith(incomplete)]


def complete_answer(incomplete: str) -> Offered:
    """Offer `NAME=` and `NAME=CHOICE` for every question."""
    return _beginning(incomplete, _answers(_questions(), incomplete))


def complete_added(ctx: typer.Context, incomplete: str) -> Offered:
    """Offer the features that the service does not have; one with a single choice by its name alone."""
    own = _own_answers(ctx)
    missing = [
        question
        for question in _questions()
        if question.choices and own.get(question.name, question.absent) == question.absent
    ]
    switches = {question.name for question in missing if set(question.choices) == {"false", "true"}}
    found = _answers([q for q in missing if q.name not in switches], incomplete)
    found += [(question.name, question.help) for question in missing if question.name in switches]
    absent = {f"{question.name}={question.absent}" for question in missing}
    return _beginning(incomplete, [(text, about) for text, about in found if text not in absent])


def complete_dropped(ctx: typer.Context, incomplete: str) -> Offered:
    """Offer the features that the service has."""
    own = _own_answers(ctx)
    found = [
        (question.name, question.help)
        for question in _questions()
        if question.absent is not None and own.get(question.name, question.absent) != question.absent
    ]
    return _beginning(incomplete, found)


def complete_switched(ctx: typer.Context, incomplete: str) -> Offered:
    """Offer the answers that the service does not have, to the questions that apply to it."""
    own = _own_answers(ctx)
    found = _answers([question for question in _questions() if question.name in own], incomplete)
    current = {f"{name}={value}" for name, value in own.items()}
    return _beginning(incomplete, [(text, about) for text, about in found if text not in current])


def complete_version(ctx: typer.Context, incomplete: str) -> list[str]:
    """Offer the versions of the template: the service's, or for a new service the one it is made from."""
    from trellis.lifecycle.versions import read_versions, versions_of  # noqa: PLC0415 (Tab imports only what it needs)

    os.environ |= {"GIT_TERMINAL_PROMPT": "0", "GIT_SSH_COMMAND": "ssh -o BatchMode=yes -o ConnectTimeout=2"}
    with suppress(TrellisError):
        service = _service(ctx) if "folder" in ctx.params else None
        versions = read_versions(service) if service else versions_of(template_address())
        return [version for version in versions if version.startswith(incomplete)]
    return []


def _questions() -> "list[Question]":
    from trellis.questions import load_questions  # noqa: PLC0415 (Tab imports only what it needs)

    return [question for question in load_questions().values() if not question.computed]


def _answers(questions: "Iterable[Question]", incomplete: str) -> Offered:
    """Return the names, each with `=`, or after the `=` the choices of that question."""
    name, equals, _ = incomplete.partition("=")
    if not equals:
        return [(f"{question.name}=", question.help) for question in questions]
    return [
        (f"{name}={value}", about)
        for question in questions
        if question.name == name
        for value, about in question.choices.items()
    ]


def _beginning(incomplete: str, found: Offered) -> Offered:
    return [(text, about) for text, about in found if text.startswith(incomplete)]


def _service(ctx: typer.Context) -> "Service":
    from trellis.lifecycle.service import open_service  # noqa: PLC0415 (Tab imports only what it needs)

    return open_service(Path(ctx.params.get("folder") or "."))


def _own_answers(ctx: typer.Context) -> dict[str, str]:
    with suppress(TrellisError):
        return {name: spelled(value) for name, value in _service(ctx).own_answers.items()}
    return {}
