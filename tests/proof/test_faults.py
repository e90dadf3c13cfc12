"""The proof catches each kind of fault, and names the combination that has it."""

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.proof.conftest import ProveIt, failing, proof_of

Change = Callable[[str, str, str], None]

MEMORY = "template/features/store/memory.py"
FILE = "template/features/store/file.py"
README = "template/project/README.md.jinja"
PROJECT = "template/project/pyproject.toml.jinja"
STORE = "template/features/store/feature.yml"


def test_template_without_fault_is_proven(prove: ProveIt) -> None:
    report = prove("rendering", "refusals", "checks", "suites")
    assert not report.failures
    assert (report.combinations, report.refused, report.trees) == (7, 4, 7)
    assert {part.name: part.runs for part in report.parts}["suites"] == 7


def test_unused_import(change: Change, prove: ProveIt) -> None:
    change(MEMORY, "NAMES:", "import os\n\nNAMES:")
    assert failing(prove("checks", loud="false")) == [("lint", {"store": "memory"})]


def test_wrong_format(change: Change, prove: ProveIt) -> None:
    change(MEMORY, "NAMES: list[str] = []", "NAMES: list[str] = [ ]")
    assert failing(prove("checks", loud="false")) == [("format", {"store": "memory"})]


def test_wrong_type(change: Change, prove: ProveIt) -> None:
    change(MEMORY, "return name", "return len(name)")
    assert failing(prove("checks", loud="false")) == [("types", {"store": "memory"})]


def test_import_that_is_not_declared(change: Change, prove: ProveIt) -> None:
    change(MEMORY, "NAMES: list[str] = []", "import pluggy\n\nNAMES: list[str] = [pluggy.__version__]")
    report = prove("checks", loud="false")
    assert failing(report) == [("dependencies", {"store": "memory"})]
    assert "pluggy" in report.failures[0].output


def test_import_in_a_test_that_is_not_declared(change: Change, prove: ProveIt) -> None:
    change("template/project/tests/test_greeting.py", "from app", "import platformdirs\nfrom app")
    names = [
        combination
        for check, combination in failing(prove("checks", loud="false"))
        if check == "dependencies"
    ]
    assert names == [{}, {"store": "memory"}]


def test_dependency_that_nothing_imports(change: Change, prove: ProveIt) -> None:
    change(STORE, "store == 'file' %}\n    -", "keeps %}\n    -")
    report = prove("checks", loud="false")
    assert failing(report) == [("dependencies", {"store": "memory"})]
    assert "DEP002" in report.failures[0].output


def test_test_that_fails(change: Change, prove: ProveIt) -> None:
    change("template/project/tests/store/test_store.py.jinja", "in NAMES", "not in NAMES")
    report = prove("suites", loud="false")
    assert failing(report) == [("suites", {"store": "memory"})]
    assert "test_name_is_kept" in report.failures[0].output


def test_code_that_is_not_tested(change: Change, prove: ProveIt) -> None:
    change(MEMORY, "    NAMES.append", "    if not name:\n        raise ValueError(name)\n    NAMES.append")
    report = prove("suites", loud="false")
    assert failing(report) == [("suites", {"store": "memory"})]
    assert "coverage is" in report.failures[0].output


def test_suite_that_does_not_measure_its_coverage(change: Change, prove: ProveIt) -> None:
    change(PROJECT, 'source = ["app"]', 'source = ["nowhere"]')
    assert "No data was collected" in prove("suites", store="none", loud="false").failures[0].output


def test_suite_without_tests(template: Path, prove: ProveIt) -> None:
    (template / "template/project/tests/test_greeting.py").unlink()
    report = prove("suites", loud="true")
    assert ("suites", {"loud": True}) in failing(report)
    assert "there are no tests" in report.failures[0].output


WAIT_FOR_ANOTHER = """    import subprocess
    process = subprocess.Popen(["sleep", "60"], process_group=0)
    with open("{file}", "a") as file:
        print(process.pid, file=file)
    process.wait()
    assert"""


def test_suite_that_does_not_end_is_killed_with_what_it_started(
    template: Path, change: Change, tmp_path: Path
) -> None:
    started = tmp_path / "started"
    change(
        "template/project/tests/test_greeting.py",
        "    assert",
        WAIT_FOR_ANOTHER.format(file=started).lstrip("\n"),
    )
    with proof_of(template, seconds=2, wanted={"store": "none", "loud": "true"}) as proof:
        part = proof.suites()
    assert "not finished after 2 s" in part.failures[0].output
    numbers = started.read_text().split()
    assert len(numbers) == 2  # a suite that fails runs twice
    assert not any(map(is_alive, numbers))


def is_alive(number: str) -> bool:
    command = ["ps", "-o", "stat=", "-p", number]
    state = subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip()
    return bool(state) and not state.startswith("Z")


def test_suite_that_kills_its_process(change: Change, prove: ProveIt) -> None:
    change(
        "template/project/tests/test_greeting.py", "    assert", "    __import__('os').abort()\n    assert"
    )
    assert "exit code -6" in prove("suites", store="none", loud="false").failures[0].output


def test_suite_that_passes_only_the_second_time_is_reported(
    tmp_path: Path, change: Change, prove: ProveIt
) -> None:
    mark = tmp_path / "mark"
    change(
        "template/project/tests/test_greeting.py",
        "    assert",
        f"    mark = __import__('pathlib').Path({str(mark)!r})\n"
        "    assert mark.exists() or mark.touch()\n    assert",
    )
    report = prove("suites", store="none", loud="false")
    assert not report.failures
    assert [failure.combination for failure in report.parts[0].unstable] == [{}]
    assert "1 passed only the second time" in str(report)
    assert "assert (False or None)" in str(report)


def test_leftover_jinja(change: Change, prove: ProveIt) -> None:
    change(README, "' loudly'", "' {{ loudly }}'")
    report = prove("checks")
    assert set(dict(failing(report))) == {"texts"}
    assert all(combination["loud"] for _, combination in failing(report))
    assert "leftover Jinja" in report.failures[0].output


def test_blank_line_that_a_condition_leaves(change: Change, prove: ProveIt) -> None:
    change(README, "{% if keeps %}\n", "\n{% if keeps %}")
    report = prove("checks", loud="false")
    assert failing(report) == [("texts", {})]
    assert "README.md:4: blank line at the end" in report.failures[0].output


def test_invalid_toml(change: Change, prove: ProveIt) -> None:
    change(PROJECT, "dependencies = []", "dependencies = [")
    report = prove("checks", store="none", loud="false")
    assert any(failure.check == "texts" and "not valid TOML" in failure.output for failure in report.failures)


def test_variable_that_does_not_exist(change: Change, prove: ProveIt) -> None:
    change(README, "{% if keeps %}\n", "{% if keeps %}\n{{ kept }}")
    report = prove("rendering", loud="false")
    assert failing(report) == [("rendering", {"store": "file"})]
    assert report.failures[0].sharing == 3
    assert "'kept' is undefined" in report.failures[0].output


def test_folder_that_is_left_empty(change: Change, prove: ProveIt) -> None:
    change(STORE, "    /app/store\n", "    /app/store/\n")
    report = prove("rendering")
    assert failing(report) == [("rendering", {})]
    assert "app/store/ is empty" in report.failures[0].output


def test_text_that_depends_on_more_than_the_answers(change: Change, prove: ProveIt) -> None:
    change(README, "It greets", "{{ _copier_conf.dst_path }} greets")
    report = prove("rendering", store="none", loud="true")
    assert "Copier writes other files than were tested: README.md" in report.failures[0].output


def test_accepted_answer_that_does_not_apply(change: Change, prove: ProveIt) -> None:
    change(STORE, "{% if store != 'file' %}needs store=file{% endif %}", "")
    names = [combination for _, combination in failing(prove("refusals", loud="false"))]
    assert names == [{"store_style": "careful"}, {"store": "memory", "store_style": "careful"}]


def test_requirement_that_only_some_declare(change: Change, prove: ProveIt) -> None:
    change(STORE, "store == 'file' %}\n    -", "store_style == 'careful' %}\n    -")
    report = prove("suites", "installation", loud="false", store="file")
    assert failing(report) == [("installation", {"store": "file"})]
    assert "No module named 'platformdirs'" in report.failures[0].output


@pytest.mark.parametrize("part", ["rendering", "suites", "installation"])
def test_failure_says_how_to_see_it_again(part: str, change: Change, prove: ProveIt) -> None:
    change("template/project/tests/test_greeting.py", "hello", "good bye")
    change(README, "It greets", "{{ _copier_conf.dst_path }} greets")
    text = str(prove(part, store="memory"))
    assert f"{part}: store=memory" in text
    assert "$ trellis new service --defaults --set store=memory" in text
    assert "$ (cd service && uv run pytest)" in text
