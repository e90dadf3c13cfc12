"""Runs `trellis prove` with its parsed options."""

import json
import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import typer

from trellis.errors import BadInputError
from trellis.output import Error, described, fail
from trellis.proof import PARTS
from trellis.proof.environments.shared import NotInstalledError, cache_folder
from trellis.proof.proof import Proof
from trellis.proof.reports.progress import Display
from trellis.proof.reports.report import Report, merged
from trellis.proof.settings import Settings
from trellis.proof.steps.proof import StepsProof
from trellis.rendering.combinations import BadTemplateError
from trellis.rendering.source import opened
from trellis.template_source import template_root


def run(
    parts: Sequence[str],
    assignments: Sequence[str],
    shard: str,
    *,
    steps: bool,
    as_json: bool,
    **settings: Any,  # noqa: ANN401
) -> int:
    """Prove, and print the report.

    Args:
        parts: the parts of the proof; empty for all.
        assignments: answers like `name=value`.
        shard: the share of this machine, like `1/8`.
        steps: prove the steps between combinations instead.
        as_json: print the report as JSON.
        settings: further arguments of `Settings`.

    Returns:
        The exit code.

    """

    def proven() -> Report:
        root = template_root()
        chosen = Settings(cache_folder(root), _answers(assignments), _shard(shard), **settings)
        names = _known(parts)
        with opened(root) as source:
            if steps:
                return StepsProof(source, chosen, Display()).report()
            return Proof(source, chosen, Display()).report(names)

    return _reported(proven, as_json=as_json)


def merge(paths: Sequence[Path], *, as_json: bool) -> int:
    """Merge the reports of several shards, print the result, and return the exit code."""
    return _reported(lambda: _merged(paths), as_json=as_json)


def _reported(work: Callable[[], Report], *, as_json: bool) -> int:
    try:
        report = work()
    except BadInputError as error:
        fail("prove", described(error), 2, as_json=as_json)
    except BadTemplateError as error:
        fail("prove", Error(code="template_error", message=str(error)), 1, as_json=as_json)
    except NotInstalledError as error:
        fail("prove", Error(code="not_installed", message=str(error)), 1, as_json=as_json)
    typer.echo(json.dumps(report.as_json(), indent=2) if as_json else str(report))
    return 1 if report.failures else 0


def _merged(paths: Sequence[Path]) -> Report:
    if not paths:
        raise BadInputError("--merge needs reports: trellis prove --merge shard-*.json")
    try:
        return merged([Report.from_json(json.loads(path.read_text())) for path in paths])
    except (OSError, ValueError, KeyError, TypeError) as error:
        if isinstance(error, BadInputError):
            raise
        raise BadInputError(f"not a report of `trellis prove --json`: {error}") from error


def _answers(assignments: Sequence[str]) -> dict[str, str]:
    pairs = [setting.partition("=") for setting in assignments]
    for name, equals, _ in pairs:
        if not equals:
            raise BadInputError(f"--set takes NAME=VALUE, not {name!r}")
    return {name: value for name, _, value in pairs}


def _shard(text: str) -> tuple[int, int]:
    match = re.fullmatch(r"([1-9]\d*)/([1-9]\d*)", text)
    if not match or int(match[1]) > int(match[2]):
        raise BadInputError(f"--shard takes I/N with I from 1 to N, like 1/8, not {text!r}")
    return int(match[1]), int(match[2])


def _known(names: Sequence[str]) -> Sequence[str]:
    for name in names:
        if name not in PARTS:
            raise BadInputError(f"there is no part {name!r}; allowed: {', '.join(PARTS)}")
    return names or PARTS
