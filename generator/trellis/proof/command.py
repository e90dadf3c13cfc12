"""`trellis prove`: the proof for people and for continuous integration."""

import os
from pathlib import Path
from typing import Annotated

import typer

from trellis.proof import PARTS


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
    steps: Annotated[
        bool, typer.Option("--steps", help="Prove the steps from one combination to another instead.")
    ] = False,
    measure_all: Annotated[
        bool,
        typer.Option("--measure-all", help="Measure the coverage of every suite, not just of some."),
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

    Exit code 0 if all is proven, 1 if something fails, 2 for invalid input.
    """
    from trellis.proof import running  # noqa: PLC0415 (no other command should wait for its imports)

    if merge:
        raise typer.Exit(running.merge(reports or [], as_json=as_json))
    if reports:
        typer.echo("trellis prove: reports are given with --merge only", err=True)
        raise typer.Exit(2)
    if steps and parts:
        typer.echo("trellis prove: --part is for combinations; --steps proves all parts", err=True)
        raise typer.Exit(2)
    servers = {"postgresql": postgresql_url, "mongodb": mongodb_url}
    code = running.run(
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
