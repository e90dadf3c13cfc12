"""`trellis features`: what can be answered, and what each answer brings."""

import json
import sys
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from trellis.bringing import Brought
    from trellis.questions import Question


def features(*, as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False) -> None:
    """Show the questions, their choices, and what each choice brings beside the first one.

    Example: trellis features --json

    --json gives a list of questions: name, help, type, default, and choices, each with value, description,
    requires (an answer to another question) and brings (packages, dev_packages, services, files).
    """
    from trellis.bringing import what_choices_bring  # noqa: PLC0415 (Copier's import takes its time)
    from trellis.questions import load_questions  # noqa: PLC0415 (likewise)

    questions = {name: asked for name, asked in load_questions().items() if not asked.computed}
    brought = what_choices_bring()
    if as_json:
        described = [_described(question, brought.get(name, {})) for name, question in questions.items()]
        typer.echo(json.dumps(described, indent=2))
    else:
        _print_table(questions, brought)


def _described(question: "Question", brought: "dict[str, Brought]") -> dict[str, Any]:
    choices = []
    for value, about in question.choices.items():
        brings = asdict(brought[value])
        requires = brings.pop("requires")
        choices.append({"value": value, "description": about, "requires": requires, "brings": brings})
    return {
        "name": question.name,
        "help": question.help,
        "type": question.details.get("type", "str"),
        "default": question.details.get("default"),
        "choices": choices,
    }


def _print_table(questions: "dict[str, Question]", brought: "dict[str, dict[str, Brought]]") -> None:
    from rich.console import Console  # noqa: PLC0415 (the table alone needs it)
    from rich.table import Table  # noqa: PLC0415 (likewise)

    table = Table("Question", "Choice", "What it is", "What it brings", box=None, pad_edge=False)
    for name, question in questions.items():
        if not question.choices:
            table.add_row(name, "any text", question.help)
        for number, (value, about) in enumerate(question.choices.items()):
            shown = f"{value} *" if value == question.default else value
            table.add_row("" if number else name, shown, about, _summary(brought[name][value]))
        table.add_row()
    Console(file=sys.stdout, width=None if sys.stdout.isatty() else 160).print(table)
    typer.echo("* the default")


def _summary(brought: "Brought") -> str:
    needs = [f"with {name}={value}" for name, value in brought.requires.items()]
    packages = [requirement.partition(">")[0] for requirement in brought.packages]
    files = f"{len(brought.files)} files" if brought.files else ""
    return ", ".join(part for part in (*needs, *packages, *brought.services, files) if part)
