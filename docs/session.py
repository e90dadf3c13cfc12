"""Draw `docs/session.svg`: a terminal session with commands and their real output.

Usage: uv run python docs/session.py
"""

import os
import re
import subprocess
from io import StringIO
from pathlib import Path
from tempfile import TemporaryDirectory

from rich.console import Console
from rich.terminal_theme import MONOKAI
from rich.text import Text

COMMANDS = (
    "trellis new my-service --defaults --set database=postgresql",
    "trellis new other --defaults --set database_style=sync",
)
ENVIRONMENT = os.environ | {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}
"""Without the name and the address of the person who draws."""


PICTURE = Path(__file__).with_suffix(".svg")


def main() -> None:
    """Write the picture."""
    PICTURE.write_text(draw(), encoding="utf-8")


def draw() -> str:
    """Run the commands in a new folder, and return the picture."""
    console = Console(record=True, width=92, file=StringIO())
    with TemporaryDirectory() as folder:
        for command in COMMANDS:
            console.print(Text.assemble(("$ ", "bold green"), (command, "bold")))
            said = subprocess.run(
                command.split(), cwd=folder, env=ENVIRONMENT, capture_output=True, text=True, check=False
            )
            console.print(Text(said.stderr if said.returncode else said.stdout))  # without warnings
    drawn = console.export_svg(title="trellis", theme=MONOKAI)
    own = re.sub(r"@font-face \{.*?\}\s*", "", drawn, flags=re.DOTALL).replace("Fira Code", "ui-monospace")
    lines = (line.rstrip() for line in own.splitlines())
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    main()
