"""`trellis prove`: the proof for people and for continuous integration."""

import json
import os
import re
from pathlib import Path
from typing import Annotated, Any

import typer

from trellis.errors import BadInputError
from trellis.proof.combinations import BadTemplateError
from trellis.proof.environment import NotInstalledError, cache_folder
from trellis.proof.progress import Display
from trellis.proof.proof import PARTS, Proof, Settings
from trellis.proof.report import Report, merged
from trellis.proof.source import opened
from trellis.template import template_root


def prove(  # noqa: PLR0913 (one parameter for each option)
    reports: Annotated[
        list[Path] | None, typer.Argument(help="With --merge: the reports of all shards.")
    ] = None,
    *,
    settings: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="NAME=VALUE", help="Only combinations with this answer; repeatable."),
    ] = None,
    parts: Annotated[
        list[str] | None,
        typer.Option("--part", metavar="PART", help=f"Only this part: {', '.join(PARTS)}; repeatable."),
    ] = None,
    covering: Annotated[
        bool, typer.Option("--covering", help="Only a few combinations in which every pair of answers meets.")
    ] = False,
    shard: Annotated[str, typer.Option(metavar="I/N", help="Only this machine's share of the work.")] = "1/1",
    merge: Annotated[bool, typer.Option("--merge", help="Add up the --json reports of all shards.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Report in JSON.")] = False,
    postgresql_url: Annotated[
        str, typer.Option(envvar="TRELLIS_POSTGRESQL_URL", help="A PostgreSQL server for the suites.")
    ] = "",
    mongodb_url: Annotated[
        str, typer.Option(envvar="TRELLIS_MONGODB_URL", help="A MongoDB server for the suites.")
    ] = "",
    jobs: Annotated[int, typer.Option(min=1, help="How many runs at once.")] = os.cpu_count() or 1,
    timeout: Annotated[float, typer.Option(min=1, help="Seconds that one suite may take.")] = 120,
    seed: Annotated[int | None, typer.Option(help="Seed of the random sample; printed by each run.")] = None,
    upgrade: Annotated[
        bool, typer.Option("--upgrade", help="Test on the newest releases of everything.")
    ] = False,
) -> None:
    """Prove that every combination of answers gives a service that works.

    Example: trellis prove --set database=postgresql --part suites

    Exit code 0 if all is proven, 1 if something fails, 2 if the input makes no sense.
    """
    try:
        if merge:
            report = _merged(reports or [])
        else:
            servers = {"postgresql": postgresql_url, "mongodb": mongodb_url}
            report = _proven(
                _parts(parts or [], reports or []),
                wanted=_assignments(settings or []),
                shard=_shard(shard),
                covering=covering,
                at_once=jobs,
                seconds=timeout,
                servers={kind: url for kind, url in servers.items() if url},
                upgrade=upgrade,
                **({} if seed is None else {"seed": seed}),
            )
    except BadInputError as error:
        typer.echo(f"trellis prove: {error}", err=True)
        raise typer.Exit(2) from error
    except (BadTemplateError, NotInstalledError) as error:
        typer.echo(f"trellis prove: {error}", err=True)
        raise typer.Exit(1) from error
    typer.echo(json.dumps(report.as_json(), indent=2) if as_json else str(report))
    raise typer.Exit(1 if report.failures else 0)


def _proven(parts: list[str], **settings: Any) -> Report:  # noqa: ANN401 (Settings' own arguments)
    root = template_root()
    with opened(root) as source:
        return Proof(source, Settings(cache=cache_folder(root), **settings), Display()).report(parts)


def _merged(paths: list[Path]) -> Report:
    if not paths:
        raise BadInputError("--merge needs the reports to add up: trellis prove --merge shard-*.json")
    try:
        return merged([Report.from_json(json.loads(path.read_text())) for path in paths])
    except (OSError, ValueError, KeyError, TypeError) as error:
        if isinstance(error, BadInputError):
            raise
        raise BadInputError(f"not a report of `trellis prove --json`: {error}") from error


def _assignments(settings: list[str]) -> dict[str, str]:
    pairs = [setting.partition("=") for setting in settings]
    for name, equals, _ in pairs:
        if not equals:
            raise BadInputError(f"--set takes NAME=VALUE, not {name!r}")
    return {name: value for name, _, value in pairs}


def _shard(text: str) -> tuple[int, int]:
    match = re.fullmatch(r"([1-9]\d*)/([1-9]\d*)", text)
    if not match or int(match[1]) > int(match[2]):
        raise BadInputError(f"--shard takes I/N with I from 1 to N, like 1/8, not {text!r}")
    return int(match[1]), int(match[2])


def _parts(names: list[str], reports: list[Path]) -> list[str]:
    if reports:
        raise BadInputError("reports are given with --merge only")
    for name in names:
        if name not in PARTS:
            raise BadInputError(f"there is no part {name!r}; there are {', '.join(PARTS)}")
    return names or list(PARTS)
