import json
from pathlib import Path

import pytest

from tests.proof.conftest import TEMPLATE, proof_of
from trellis.errors import BadInputError
from trellis.proof import PARTS
from trellis.proof.reports.report import Failure, Report, merged, new_command

QUICK = tuple(part for part in PARTS if part not in {"fuzz", "installation"})


def report_of(shard: tuple[int, int], template: Path = TEMPLATE, parts: tuple[str, ...] = QUICK) -> Report:
    with proof_of(template, shard=shard, seed=1) as proof:
        return Report.from_json(json.loads(json.dumps(proof.report(parts).as_json())))


def totals(report: Report) -> list[tuple[object, ...]]:
    return [(part.name, part.cases, part.runs, part.passed, part.coverage) for part in report.parts]


@pytest.mark.combinations
def test_reports_of_shards_add_up_to_the_whole() -> None:
    whole = report_of((1, 1))
    together = merged([report_of((2, 3)), report_of((1, 3)), report_of((3, 3))])
    assert totals(together) == totals(whole)
    assert together.complete
    assert str(together).endswith("all proven")


def test_one_shard_is_not_the_whole() -> None:
    shard = report_of((1, 2), parts=("refusals",))
    assert shard.as_json()["ok"] is False
    assert str(shard).endswith("shards 1/2 only\nno failures")


def test_failures_of_all_shards_are_kept() -> None:
    shards = [report_of((number, 2), parts=("refusals",)) for number in (1, 2)]
    shards[1].parts[0].failures.append(Failure("refusals", {"a": True}, 1, "wrong", "uv run pytest"))
    assert [failure.output for failure in merged(shards).failures] == ["wrong"]


@pytest.mark.parametrize("numbers", [(1,), (1, 1), (1, 2, 2)])
def test_missing_or_doubled_shards_are_refused(numbers: tuple[int, ...]) -> None:
    with pytest.raises(BadInputError, match="shards 1 to 2 are needed, each once"):
        merged([report_of((number, 2), parts=("refusals",)) for number in numbers])


def test_reports_of_different_templates_are_refused(template: Path) -> None:
    (template / "template/project/README.md.jinja").write_text("# Other\n")
    with pytest.raises(BadInputError, match="different templates"):
        merged([report_of((1, 2), parts=("refusals",)), report_of((2, 2), template, ("refusals",))])


def test_command_quotes_what_a_shell_would_split() -> None:
    assert (
        new_command(["project_name=My Shop"]) == "trellis new service --defaults --set 'project_name=My Shop'"
    )
