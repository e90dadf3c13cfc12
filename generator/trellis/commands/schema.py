"""`trellis schema`: the JSON Schema of what the commands print with --json."""

import json

import typer


def schema() -> None:
    """Print the JSON Schema (2020-12) of what --json prints.

    Example: trellis schema > trellis.schema.json
    """
    from pydantic import TypeAdapter  # noqa: PLC0415 (no other command needs it at its start)

    from trellis.commands._new_outcome import NewOutcome  # noqa: PLC0415 (likewise)
    from trellis.commands.features import FeatureList  # noqa: PLC0415 (likewise)
    from trellis.commands.move import MoveOutcome  # noqa: PLC0415 (likewise)
    from trellis.lifecycle.outcome import StepOutcome  # noqa: PLC0415 (likewise)
    from trellis.lifecycle.status import Status  # noqa: PLC0415 (likewise)
    from trellis.output import Failure  # noqa: PLC0415 (likewise)

    outputs = NewOutcome | StepOutcome | Status | MoveOutcome | FeatureList | Failure
    printed = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "What Trellis prints with --json",
        **TypeAdapter(outputs).json_schema(mode="serialization"),
    }
    typer.echo(json.dumps(printed, indent=2))
