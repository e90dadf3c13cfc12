"""`trellis prove`: the proof, on a developer's machine or in CI."""

import os
from pathlib import Path
from typing import Annotated

import typer

from trellis.commands.completion import complete_answer
from trellis.output import Error, fail
from trellis.proof import PARTS


def prove(  # noqa: PLR0913 (one parameter for each option)
    reports: Annotated[list[Path] | None, typer.Argument(help="The reports to merge, with --merge.")] = None,
    *,
    settings: Annotated[
        list[str] | None,
        typer.Option(
            "--set",
            metavar="NAME=VALUE",
            help="Only combinations with this answer; repeatable.",
            autocompletion=complete_answer,
        ),
    ] = None,
    parts: Annotated[
        list[str] | None,
        typer.Option("--part", metavar="PART", help=f"Only this part: {', '.join(PARTS)}; repeatable."),
    ] = None,
    covering: Annotated[
        bool, typer.Option("--covering", help="Only a few combinations that cover every pair.")
    ] = False,
    steps: Annotated[
        bool, typer.Option("--steps", help="Prove the steps between combinations instead.")
    ] = False,
    measure_all: Annotated[
        bool,
        typer.Option("--measure-all", help="Measure the coverage of every suite."),
    ] = False,
    shard: Annotated[str, typer.Option(metavar="I/N", help="Only this share of the work.")] = "1/1",
    merge: Annotated[bool, typer.Option("--merge", help="Merge the --json reports of all shards.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the report as JSON.")] = False,
    postgresql_url: Annotated[
        str, typer.Option(envvar="TRELLIS_POSTGRESQL_URL", help="A PostgreSQL server.")
    ] = "",
    mongodb_url: Annotated[str, typer.Option(envvar="TRELLIS_MONGODB_URL", help="A MongoDB server.")] = "",
    jobs: Annotated[int, typer.Option(min=1, help="Parallel runs.")] = os.cpu_count() or 1,
    timeout: Annotated[float, typer.Option(min=1, help="Seconds for one suite.")] = 300,
    seed: Annotated[int | None, typer.Option(help="Seed of the random sample.")] = None,
    upgrade: Annotated[
        bool, typer.Option("--upgrade", help="Use the newest releases of all packages.")
    ] = False,
) -> None:
    """Prove that every combination of answers gives a working service.

    Example: trellis prove --set database=postgresql --part suites

    Exit codes: 0 all proven, 1 something fails, 2 invalid input.
    """
    from trellis.commands import _prove  # noqa: PLC0415 (no other command should wait for its imports)

    if merge:
        raise typer.Exit(_prove.merge(reports or [], as_json=as_json))
    if reports:
        fail("prove", Error(code="invalid_usage", message="reports need --merge"), 2, as_json=as_json)
    if steps and parts:
        usage = Error(code="invalid_usage", message="--steps proves all parts", hint="leave --part out")
        fail("prove", usage, 2, as_json=as_json)
    servers = {"postgresql": postgresql_url, "mongodb": mongodb_url}
    code = _prove.run(
        parts or [],
        settings or [],
        shard,
        as_json=as_json,
        steps=steps,
        covering=covering,
        measure_all=measure_all,
        at_once=jobs,
        seconds=timeout,
        servers={kind: url for kind, url in servers.items() if url},
        upgrade=upgrade,
        **({} if seed is None else {"seed": seed}),
    )
    raise typer.Exit(code)
