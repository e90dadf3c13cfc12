"""`trellis features`: show all questions, their choices, and what each choice adds."""

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import typer

from trellis.output import AsJson, Model, counted, print_json, reported

if TYPE_CHECKING:
    from trellis.catalog import Addition
    from trellis.questions import Question


@dataclass(frozen=True, kw_only=True)
class Added(Model):
    """What a choice adds to a service, compared with the first choice of its question."""

    packages: list[str]
    dev_packages: list[str]
    services: list[str]
    """Services of compose.yaml."""
    files: list[str]


@dataclass(frozen=True, kw_only=True)
class Choice(Model):
    """One choice of a question."""

    value: str
    description: str
    requires: Mapping[str, str]
    """The answer to another question that this choice needs."""
    brings: Added


@dataclass(frozen=True, kw_only=True)
class Feature(Model):
    """One question."""

    name: str
    help: str
    type: str
    default: object
    """The default, which may be a Jinja expression."""
    choices: list[Choice]
    """The choices; none if any text is allowed."""


@dataclass(frozen=True, kw_only=True)
class FeatureList(Model):
    """All questions that a user is asked, in this order."""

    command: Literal["features"] = "features"
    questions: list[Feature]


def features(*, as_json: AsJson = False) -> None:
    """Show all questions, their choices, and what each choice adds.

    Example: trellis features --json
    """
    with reported("features", as_json=as_json):
        from trellis.catalog import find_additions  # noqa: PLC0415 (Copier's import takes its time)
        from trellis.questions import load_questions  # noqa: PLC0415 (likewise)

        questions = {name: asked for name, asked in load_questions().items() if not asked.computed}
        brought = find_additions()
    if as_json:
        found = [_feature(question, brought.get(name, {})) for name, question in questions.items()]
        print_json(FeatureList(questions=found))
    else:
        _print_table(questions, brought)


def _feature(question: "Question", brought: "Mapping[str, Addition]") -> Feature:
    choices = [
        Choice(
            value=value,
            description=about,
            requires=brought[value].requires,
            brings=Added(
                packages=brought[value].packages,
                dev_packages=brought[value].dev_packages,
                services=brought[value].services,
                files=brought[value].files,
            ),
        )
        for value, about in question.choices.items()
    ]
    return Feature(
        name=question.name,
        help=question.help,
        type=str(question.details.get("type", "str")),
        default=question.details.get("default"),
        choices=choices,
    )


def _print_table(
    questions: "Mapping[str, Question]", brought: "Mapping[str, Mapping[str, Addition]]"
) -> None:
    from rich.console import Console  # noqa: PLC0415 (the table alone needs it)
    from rich.table import Table  # noqa: PLC0415 (likewise)

    table = Table("Question", "Choice", "Description", "Adds", box=None, pad_edge=False)
    for name, question in questions.items():
        if not question.choices:
            table.add_row(name, "any text", question.help)
        for number, (value, about) in enumerate(question.choices.items()):
            shown = f"{value} *" if value == question.default else value
            table.add_row("" if number else name, shown, about, _summary(brought[name][value]))
        table.add_row()
    Console(file=sys.stdout, width=None if sys.stdout.isatty() else 160).print(table)
    typer.echo(
        "* the default\n"
        "Adds: packages, services of compose.yaml and files that the first choice does not have.\n"
        "with NAME=CHOICE: the choice needs such an answer, so both were compared with this one."
    )


def _summary(brought: "Addition") -> str:
    needs = " and ".join(f"{name}={value}" for name, value in brought.requires.items())
    parts = {
        "packages": [requirement.partition(">")[0] for requirement in brought.packages],
        "services": brought.services,
    }
    added = [f"{kind} {', '.join(names)}" for kind, names in parts.items() if names]
    added += [counted(len(brought.files), "file")] if brought.files else []
    return f"{f'with {needs}: ' if needs else ''}{'; '.join(added) or ('nothing' if needs else '')}"
