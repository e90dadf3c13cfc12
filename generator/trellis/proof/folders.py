"""Runs a tool of Python in many folders by one process, which spares each a start of half a second.

This module runs by itself under the shared environment's interpreter, and imports nothing of Trellis.

    python folders.py package.module:function FOLDER COUNT [ARGUMENTS …]

FOLDER holds COUNT numbered folders; each of the ARGUMENTS is one run's, as words. It prints a JSON array: for
each folder whether all runs in it ended well. What is wrong, the tool says when it is run there once more.
"""

import contextlib
import importlib
import io
import json
import os
import sys
from collections.abc import Callable
from pathlib import Path


def main() -> None:
    """Run the tool."""
    name, folder, count, *runs = sys.argv[1:]
    module, function = name.split(":")
    tool = getattr(importlib.import_module(module), function)
    found = [passes(tool, Path(folder, str(number)), runs) for number in range(int(count))]
    print(json.dumps(found))  # noqa: T201


def passes(tool: Callable[[list[str]], object], folder: Path, runs: list[str]) -> bool:
    """Tell whether all runs in this folder end well."""
    os.chdir(folder)
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        return all(exit_code(tool, run.split()) == 0 for run in runs)


def exit_code(tool: Callable[[list[str]], object], arguments: list[str]) -> object:
    """Return what the tool's process would end with."""
    try:
        tool(arguments)
    except SystemExit as end:
        return end.code or 0
    return 0


if __name__ == "__main__":
    main()
