import json
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner, Result

from tests.proof.conftest import TEMPLATE
from trellis.commands import _prove
from trellis.commands.prove import prove


@pytest.fixture(autouse=True)
def small_template(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(_prove, "template_root", lambda: TEMPLATE)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))


def run(*arguments: str) -> Result:
    app = typer.Typer()
    app.command()(prove)
    return CliRunner().invoke(app, arguments)


def test_report_in_json_says_that_all_is_proven() -> None:
    done = run("--part", "refusals", "--part", "rendering", "--json")
    report = json.loads(done.stdout)
    assert done.exit_code == 0
    assert (report["ok"], report["combinations"], [part["name"] for part in report["parts"]]) == (
        True,
        7,
        ["rendering", "refusals"],
    )


def test_report_for_people_ends_with_the_outcome() -> None:
    done = run("--part", "rendering", "--set", "store=file")
    assert done.exit_code == 0
    assert "4 combinations" in done.stdout
    assert done.stdout.endswith("all proven\n")


def test_shards_are_merged_from_their_files(tmp_path: Path) -> None:
    paths = [tmp_path / f"{number}.json" for number in (1, 2)]
    for number, path in enumerate(paths, 1):
        path.write_text(run("--part", "refusals", "--shard", f"{number}/2", "--json").stdout)
    done = run("--merge", *map(str, paths))
    assert done.exit_code == 0
    assert done.stdout.endswith("all proven\n")


def test_failure_ends_with_exit_code_1(monkeypatch: pytest.MonkeyPatch, template: Path) -> None:
    (template / "template/project/empty").mkdir()
    monkeypatch.setattr(_prove, "template_root", lambda: template)
    done = run("--part", "rendering")
    assert done.exit_code == 1
    assert done.stdout.endswith("1 failure\n")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--set", "store"], "--set takes NAME=VALUE, not 'store'"),
        (["--set", "shop=x"], "there is no question 'shop'"),
        (["--set", "store=cloud"], "is not in ['none', 'file', 'memory']"),
        (["--shard", "3/2"], "--shard takes I/N with I from 1 to N"),
        (["--part", "all"], "there is no part 'all'; allowed: rendering, refusals"),
        (["--merge"], "--merge needs reports"),
        (["--merge", __file__], "not a report"),
        (["--steps", "--part", "suites"], "--steps proves all parts; leave --part out"),
        (["report.json"], "reports need --merge"),
    ],
)
def test_invalid_input_is_explained_in_one_line(arguments: list[str], message: str) -> None:
    done = run(*arguments)
    assert done.exit_code == 2
    assert message in done.stderr
    assert done.stderr.count("\n") == 1
    assert not done.stdout
