"""The documents of a service with MongoDB, which needs no migrations: its indexes follow its code."""

import uuid
from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from pathlib import Path

from trellis.proof.steps.data import Outcome, Stage, written
from trellis.proof.steps.databases import DataError, Look, Migrator


def travel_documents(stages: Sequence[Stage], runner: Migrator, server: str, room: Path) -> Outcome:
    """Take a service with documents from stage to stage.

    Args:
        stages: the stages.
        runner: runs the services.
        server: the address of a MongoDB server.
        room: a folder that is empty.

    """
    rows: list[tuple[int, int]] = []
    database, known = _database(server), set[str]()
    try:
        for number, stage in enumerate(stages):
            folder, actions = written(stage.fresh, room / str(number)), ["documents", 3 * number]
            [look] = runner.run(folder, {"DATABASE_URL": database}, actions)
            [fresh] = runner.run(folder, {"DATABASE_URL": _database(server)}, actions)
            _require_indexes(look["schema"], fresh["schema"], stage.name)
            there = {f"{name} {text}" for name, texts in look["rows"].items() for text in texts}
            _require_all(known, there, stage.name)
            rows.append((len(known), len(known & there)))
            known = there
    except DataError as error:
        return Outcome(rows[1:], str(error))
    return Outcome(rows[1:])


def _require_indexes(found: Look, fresh: Look, what: str) -> None:
    for name, indexes in fresh.items():
        if found.get(name) != indexes:
            raise DataError(f"{what}: {name} has the indexes {found.get(name)}, and afresh {indexes}")


def _require_all(known: AbstractSet[str], there: AbstractSet[str], what: str) -> None:
    if missing := known - there:
        raise DataError(f"{what}: documents are missing: {sorted(missing)}")


def _database(server: str) -> str:
    """Return the address of a database that is not there yet."""
    base, _, query = server.partition("?")
    url = f"{base.rstrip('/')}/trellis_{uuid.uuid4().hex}"
    return f"{url}?{query}" if query else url
