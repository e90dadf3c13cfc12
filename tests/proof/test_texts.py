import pytest

from trellis.proof.checks.text import problems


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("README.md", "# A\n\nHello\n\n## B\n\n```sh\n# comment\n```\n"),
        ("app/a.py", 'A = f"{{x}} {1}"\n\n\nB = 1\n'),
        ("app/a.py", 'A = f"""\n{{x}}\n{1}"""\n'),
        ("app/__init__.py", ""),
        (".github/workflows/ci.yml", "a: ${{ matrix.b }}\n"),
        ("app/static/index.html", "<p>{{ later }}</p>"),
        ("pyproject.toml", "[a]\nb = []\n\n[a.c]\nd = 1\n"),
        ("logo.png", "\n\n\n"),
        ("LICENSE", "The above notice shall be included.\n"),
        ("a.md", "There is no longer a limit, and there is no queue.\n"),
        ("a.md", f"{'long ' * 24}\n".replace(" \n", "\n") + f"<https://example.com/{'a' * 120}>\n"),
        ("alembic.ini", "[alembic]\nscript_location = migrations\nformat = %(asctime)s\n"),
    ],
)
def test_careful_text_has_no_problems(name: str, text: str) -> None:
    assert problems(name, text.encode()) == []


@pytest.mark.parametrize(
    ("name", "text", "problem"),
    [
        ("README.md", "# A\n\n{{ b }}\n", "README.md:3: leftover Jinja '{{ b': {{ b }}"),
        ("a.py", 'A = "{{ b }}"\n', "a.py:1: leftover Jinja"),
        ("a.py", 'A = f"{1}"  # {% if x %}\n', "a.py:1: leftover Jinja"),
        ("index.html", "<p>\n{% raw %}\n", "index.html:2: leftover Jinja"),
        ("Dockerfile", "{# note #}\n", "Dockerfile:1: leftover Jinja"),
        ("a.py", "A = 1\n\n\n\nB = 1\n", "a.py:4: 3 blank lines"),
        ("a.yml", "a: 1\n\n\nb: 1\n", "a.yml:3: 2 blank lines"),
        ("a.md", "\nA\n", "a.md:1: blank line at the beginning"),
        ("a.md", "A\n\n", "a.md:2: blank line at the end"),
        ("a.md", "A", "a.md:1: no newline at the end"),
        ("a.md", "A \nB\n", "a.md:1: space at the end of the line"),
        ("a.toml", "a = [\n\n    1,\n]\n", "a.toml:2: blank line beside a bracket"),
        ("a.toml", "a = [\n    1,\n\n]\n", "a.toml:3: blank line beside a bracket"),
        ("a.toml", "a = [\n]\n", "a.toml:1: empty list or table"),
        ("a.toml", "[a]\n[b]\nc = 1\n", "a.toml:1: empty table [a]"),
        ("a.md", "# A\n\n## B\n\n## C\n\ntext\n", "a.md:3: empty section '## B'"),
        ("a.md", "# A\n\ntext\n\n## B\n", "a.md:5: empty section '## B'"),
        ("a.toml", "a = \n", "a.toml: not valid TOML"),
        ("a.yaml", "a: [\n", "a.yaml: not valid YAML"),
        ("a.json", "{,}\n", "a.json: not valid JSON"),
        ("a.md", "a\n" + "long " * 24 + "x\n", "a.md:2: 121 characters, more than 120"),
        ("a.md", "Say which you shall have.\n", "a.md:1: not plain English: 'shall'"),
        ("a.py", "# Whoever calls\n", "a.py:1: not plain English: 'Whoever'"),
        (".env.example", "# The text that is to be sent\n", ".env.example:1: not plain English: 'is to be'"),
        ("a.py", '"""Raise: this is no number."""\n', "a.py:1: not plain English: 'is no number'"),
        ("a.ini", "a = 1\n", "a.ini: not valid INI"),
        ("a.ini", "[a]\n", "a.ini: not valid INI: empty section [a]"),
    ],
)
def test_careless_text_is_found(name: str, text: str, problem: str) -> None:
    assert any(found.startswith(problem) for found in problems(name, text.encode()))


def test_text_that_is_not_utf_8_is_found() -> None:
    assert problems("a.md", b"\xff\n")[0].startswith("a.md: not UTF-8")
