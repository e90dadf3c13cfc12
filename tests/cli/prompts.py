"""The questions on a terminal, asked by `trellis new` or by Copier."""

import sys
from collections.abc import Callable
from pathlib import Path

from tests.terminal import Terminal
from trellis.questions import load_questions

ASKED = {name: question for name, question in load_questions().items() if not question.computed}
TYPED = {"project_name": "Shop", "project_slug": "shop", "description": "Sells."}

NEW = """
import sys, trellis.commands.new
template = sys.argv.pop(1)
trellis.commands.new.template_address = lambda _given: template
from trellis.cli import app
app(prog_name="trellis")
"""

Ask = Callable[..., Terminal]


def all_but(*names: str) -> list[str]:
    """Return options that answer all other questions, by their defaults where there are any."""
    given = {name: TYPED.get(name, question.default) for name, question in ASKED.items()}
    left_out = {*names, "database_style"}
    return [f"--set={name}={value}" for name, value in given.items() if name not in left_out]


def by_trellis(template: Path, service: Path, *options: str) -> Terminal:
    """Start `trellis new` on a terminal."""
    return Terminal(sys.executable, "-c", NEW, template, "new", service, *options)


def by_copier(template: Path, service: Path, *options: str) -> Terminal:
    """Start `copier copy` on a terminal, with options like those of `trellis new`."""
    data = [option.replace("--set=", "--data=") for option in options]
    return Terminal(sys.executable, "-m", "copier", "copy", *data, template, service)


PROGRAMS = {"trellis new": by_trellis, "copier copy": by_copier}
