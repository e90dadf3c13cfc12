"""The proof of steps finds the steps, and what is wrong with one."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from trellis.proof.covering import covering
from trellis.proof.steps.edits import EDITS, EditError, edited
from trellis.proof.steps.execution import (
    VERSION,
    Job,
    Versions,
    make_steps,
    merge,
    rendered_by,
    tag_template,
)
from trellis.proof.steps.transitions import Transition
from trellis.rendering.combinations import Combination
from trellis.rendering.enumeration import Neighbours, find_combinations
from trellis.rendering.renderer import Renderer
from trellis.rendering.source import Source, opened
from trellis.rendering.tree import File, TreeFiles


@pytest.fixture
def source(template: Path) -> Iterator[Source]:
    with opened(template) as source:
        yield source


def combination(source: Source, **wanted: str) -> Combination:
    return find_combinations(source, wanted).valid[0]


def test_neighbours_are_one_answer_apart(source: Source) -> None:
    found = Neighbours(source).of(combination(source, store="file", store_style="careful", loud="false"))
    assert [one.choices for one in found] == [
        {"loud": True, "store": "file", "store_style": "careful"},
        {"loud": False, "store": "none"},
        {"loud": False, "store": "memory"},
        {"loud": False, "store": "file", "store_style": "plain"},
    ]


def test_combination_that_would_take_a_second_answer_is_no_neighbour(source: Source) -> None:
    found = Neighbours(source).of(combination(source, store="memory"))
    assert [str(one) for one in found] == ["all defaults", "store=file"]


def test_step_names_the_answers_that_a_person_gives(source: Source) -> None:
    before = combination(source, store="none", loud="true")
    after = combination(source, store="file", store_style="careful", loud="true")
    transition = Transition(before, after)
    assert transition.changes == {"store": "file", "store_style": "careful"}
    assert str(transition) == "loud=true -> store=file store_style=careful"


def test_covering_has_each_meeting_once_at_least() -> None:
    found = [(one, other) for one in "abc" for other in "xyz"]
    chosen = covering(found, lambda pair: pair)
    assert {letter for pair in chosen for letter in pair} == set("abcxyz")
    assert len(chosen) < len(found)


def lines(*texts: str) -> File:
    return File.of("".join(f"{text}\n" for text in texts).encode())


def test_files_are_merged_with_the_lines_of_both_sides() -> None:
    base = lines(*"abcdefgh")
    unlike = Versions("a.txt", base, lines("mine", *"abcdefgh"), lines(*"abcdefgh", "theirs"))
    near = Versions("a.txt", base, lines("a", "mine", *"cdefgh"), lines(*"abcde", "theirs", "h"))
    assert merge([unlike, near]) == [
        lines("mine", *"abcdefgh", "theirs"),
        lines("a", "mine", *"cde", "theirs", "h"),
    ]


def test_conflict_is_found() -> None:
    [merged] = merge([Versions("a.txt", lines("a"), lines("mine"), lines("theirs"))])
    assert isinstance(merged, str)
    assert "<<<<<<< before updating\nmine" in merged


def test_edit_without_a_place_in_the_template_is_named() -> None:
    with pytest.raises(EditError, match=r"pyproject\.toml has no place for an edit"):
        edited({"pyproject.toml": lines("[project]")}, EDITS[:1])


@pytest.fixture
def job(source: Source, tmp_path: Path) -> Job:
    """Return a step that gives what it should."""
    template = tag_template(source.root, tmp_path / "tagged")
    service, expected = (service_with(source, template, loud=loud) for loud in ("false", "true"))
    return Job(service, {"loud": True}, VERSION, expected)


def service_with(source: Source, template: Path, **answers: str) -> TreeFiles:
    """Return the files of a service to which its user added one."""
    wanted = {"store": "none", "loud": "false", **answers}
    files = Renderer(source).tree(combination(source, **wanted)).files
    return {**rendered_by(files, template), "app/mine.py": lines("MINE = 1")}


def test_step_is_made(job: Job) -> None:
    assert make_steps([job, job]) == [None, None]


@pytest.mark.combinations
def test_step_that_gives_something_else_is_found(job: Job) -> None:
    wrong = replace(job, expected={**job.expected, "README.md": lines("# Other")})
    assert make_steps([wrong]) == ["differs from a service that is made so: README.md"]


@pytest.mark.combinations
def test_step_that_collides_is_found(job: Job) -> None:
    greeting = {"app/greeting.py": lines('WORD = "Salut"')}
    [told] = make_steps([replace(job, service={**job.service, **greeting})])
    assert str(told).startswith("conflict in app/greeting.py:\n<<<<<<< before updating")


@pytest.mark.combinations
def test_step_that_takes_something_is_found(job: Job, source: Source, tmp_path: Path) -> None:
    stored = service_with(source, tmp_path / "tagged", store="memory")
    user = {"app/mine.py": lines("import app.store")}
    [told] = make_steps([replace(job, service={**stored, **user}, changes={"store": "none"})])
    assert told == "app/store/__init__.py is imported by app/mine.py, line 1"
