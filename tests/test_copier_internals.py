"""What Trellis expects of Copier's private parts: if Copier changes them, these tests say so first."""

import re
from inspect import signature
from pathlib import Path

import pytest
from jinja2 import Environment

import trellis
from trellis import copier_internals
from trellis.copier_internals import (
    MISSING,
    AnswersMap,
    Question,
    SandboxedEnvironment,
    SettingsModel,
    Template,
    Worker,
    filter_config,
    get_repo,
    get_yield_context,
    load_template_config,
)

PACKAGE = Path(trellis.__file__).parent


@pytest.mark.parametrize(
    ("owner", "names"),
    [
        (
            Worker,
            """_answers_to_remember _ask _render_context _render_string _sync_git_index_executable_bit
            answers_relpath jinja_env match_skip resolved_vcs_ref run_copy subproject template""",
        ),
        (
            Question,
            """_formatted_choices cast_answer get_default get_type_name get_when parse_answer
            validate_answer""",
        ),
        (Template, "_cleanup answers_relpath"),
    ],
)
def test_members_that_trellis_uses_exist(owner: type, names: str) -> None:
    assert [name for name in names.split() if not hasattr(owner, name)] == []


def test_overridden_methods_have_the_parameters_that_copier_passes() -> None:
    assert list(signature(Worker._render_string).parameters) == ["self", "string", "extra_context"]  # noqa: SLF001
    assert list(signature(Worker._sync_git_index_executable_bit).parameters) == [  # noqa: SLF001
        "self",
        "dst_relpath",
        "src_mode",
    ]


def test_answers_and_settings_are_made_without_arguments() -> None:
    assert AnswersMap().combined is not None
    assert SettingsModel()
    assert MISSING is not None


def test_questions_are_read_from_the_template(tmp_path: Path) -> None:
    path = tmp_path / "copier.yml"
    path.write_text("_subdirectory: template\nname: {type: str}\n")
    settings, questions = filter_config(load_template_config(path))
    assert (settings["subdirectory"], questions) == ("template", {"name": {"type": "str"}})


def test_addresses_of_repositories_are_recognized() -> None:
    assert get_repo("gh:owner/name") == "https://github.com/owner/name.git"


def test_yield_context_belongs_to_the_environment() -> None:
    environment = SandboxedEnvironment(extensions=["copier._jinja_ext.YieldExtension"])
    assert isinstance(environment, Environment)
    context = get_yield_context(environment)
    context.yield_name = context.yield_iterable = None
    assert get_yield_context(environment) is context


def test_no_other_module_imports_private_modules_of_copier() -> None:
    importing = [
        path.relative_to(PACKAGE).as_posix()
        for path in PACKAGE.rglob("*.py")
        if re.search(r"(from|import) copier\._", path.read_text())
    ]
    assert importing == [f"{copier_internals.__name__.rpartition('.')[2]}.py"]
