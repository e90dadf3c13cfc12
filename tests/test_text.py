"""Any text that a person may type gives valid files, or is refused with the reason."""

import ast
import re
import tomllib
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
import yaml

from trellis.create import make_service
from trellis.errors import BadInputError
from trellis.presets import PRESETS

Make = Callable[..., Path]

TEXTS = [
    'Say "yes"',
    "It's",
    """It's "both" """,
    "back\\slash \\n \\",
    "{{ 7 * 7 }} {% raw %} {# no #}",
    "${HOME} $(id) `id` %s %(name)s",
    "Größe 大きさ \U0001f600 שלום",
    "yes",
    "null",
    "1e3",
    "- a list",
    "key: value # comment",
    "[table]",
    '"""',
    "'''",
    "<script>alert(1)</script> & so on",
    "*bold* _it_ [link](javascript:x) | # |",
    " spaces around ",
    "x" * 80,
    "a",
    "%s",
]


@pytest.fixture
def make(template: Path, tmp_path: Path) -> Make:
    """Return a function that makes a service with every feature that has a text in it."""

    def made(**answers: object) -> Path:
        service = tmp_path / "service"
        features = {**PRESETS["full"]}
        make_service(
            str(template),
            service,
            features | answers,
            before_writing=lambda: None,
            finish=lambda _, __: None,
        )
        return service

    return made


def read_html(text: str) -> ET.Element:
    return ET.fromstring(text.removeprefix("<!doctype html>"))  # noqa: S314 (our own, and well-formed)


def check_files(service: Path) -> None:
    """Read each file as what its name says that it is."""
    readers: dict[str, Callable[[str], object]] = {
        ".py": ast.parse,
        ".toml": tomllib.loads,
        ".yaml": yaml.safe_load,
        ".yml": yaml.safe_load,
        ".html": read_html,
    }
    for path in service.rglob("*"):
        if path.is_file() and path.suffix in readers:
            readers[path.suffix](path.read_text(encoding="utf-8"))


def calls(service: Path) -> dict[str, object]:
    """Return the texts with which the application is made."""
    tree = ast.parse((service / "app" / "main.py").read_text(encoding="utf-8"))
    return {
        keyword.arg: keyword.value.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        for keyword in node.keywords
        if keyword.arg and isinstance(keyword.value, ast.Constant)
    }


def description_of_the_image(service: Path) -> str:
    [quoted] = re.findall(
        r'image\.description="(.*)" \\', (service / "Dockerfile").read_text(encoding="utf-8")
    )
    assert re.fullmatch(r'(\\["$\\]|[^"$\\])*', quoted), "nothing ends the text or is a variable"
    return re.sub(r"\\(.)", r"\1", quoted)


@pytest.mark.parametrize(
    ("name", "description", "author"), [TEXTS[n : n + 3] for n in range(0, len(TEXTS), 3)]
)
def test_any_text_is_kept_to_the_letter(make: Make, name: str, description: str, author: str) -> None:
    service = make(project_name=name, project_slug="service", description=description, author=author)
    check_files(service)
    project = tomllib.loads((service / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert project["description"] == description
    assert project["authors"] == [{"name": author}]
    answers = yaml.safe_load((service / ".copier-answers.yml").read_text(encoding="utf-8"))
    kept = [answers[question] for question in ("project_name", "description", "author")]
    assert kept == [name, description, author]
    assert description_of_the_image(service) == description
    app = calls(service)
    assert (app["title"], app["description"]) == (name, description)
    quote = "'" if '"' in name and "'" not in name else '"'
    assert f"title={quote}" in (service / "app" / "main.py").read_text(encoding="utf-8"), "as ruff formats it"


@pytest.mark.parametrize(
    ("name", "slug"),
    [("Café №1", "caf-1"), ("2nd try", "nd-try"), ("!!!", "my-service"), ("Ünï", "n"), ("a--b", "a-b")],
)
def test_slug_follows_from_any_name(make: Make, name: str, slug: str) -> None:
    service = make(project_name=name)
    project = tomllib.loads((service / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert project["name"] == slug


@pytest.mark.parametrize(
    ("answers", "reason"),
    [
        ({"project_name": ""}, "project_name: use 1 to 80 characters"),
        ({"project_name": "a" * 81}, "project_name: use 1 to 80 characters"),
        ({"project_name": "two\nlines"}, "project_name: use printable characters"),
        ({"project_name": "reversed \u202e"}, "project_name: use printable characters"),
        ({"author": "bell\a"}, "author: use printable characters"),
        ({"description": "a\u2028b"}, "description: use printable characters"),
        ({"description": "a" * 501}, "description: use 1 to 500 characters"),
        *(
            ({"project_slug": slug}, "project_slug: lowercase letters, digits, hyphens")
            for slug in ("", "../up", "a/b", "A", "a_b", "a\n", 'a"', "a.b")
        ),
        *(({"project_slug": slug}, "project_slug: start with a letter") for slug in ("-a", "1a")),
        *(({"project_slug": slug}, "project_slug: hyphens only between words") for slug in ("a-", "a--b")),
        ({"project_slug": "a" * 51}, "project_slug: use at most 50 characters"),
        *(
            ({"email": email}, "email: use an address like")
            for email in ("ada", "ada@", "ada@example", 'a"b@example.com', "a@b.c\n", "a b@example.com")
        ),
        *(
            ({"env_prefix": prefix}, "env_prefix: uppercase, ending in")
            for prefix in ("shop_", "SHOP", "SHOP-", "_", "1A_", "A__", "A_\n")
        ),
    ],
)
def test_text_that_would_break_a_file_is_refused(
    make: Make, tmp_path: Path, answers: dict[str, object], reason: str
) -> None:
    with pytest.raises(BadInputError) as refused:
        make(**answers)
    assert str(refused.value).startswith(reason)
    name, _, shown = str(refused.value).partition(": ")
    assert len(f"Validation error for question '{name}': {shown}") <= 80, (
        "Copier shows one line of a terminal"
    )
    assert list(tmp_path.iterdir()) == []


def test_prefix_stands_before_every_variable(make: Make) -> None:
    service = make(env_prefix="SHOP_")
    example = (service / ".env.example").read_text(encoding="utf-8")
    variables = [line.strip("# ").partition("=")[0] for line in example.splitlines() if "=" in line]
    assert variables
    assert all(variable.startswith("SHOP_") for variable in variables)
    assert 'env_prefix="SHOP_"' in (service / "app" / "config.py").read_text(encoding="utf-8")
