"""The sync style is the async source without its keywords, and without `async` in names."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

import pytest

from trellis.rendering.source import opened
from trellis.template_source import template_root

TEMPLATE = template_root() / "template"


class Render(Protocol):
    def __call__(self, text: str, *, sync: bool) -> str: ...


@pytest.fixture(scope="module")
def render() -> Iterator[Render]:
    """Return a function that renders a text in one of the styles."""
    with opened(template_root()) as source:
        (source.root / "styled.py").write_text(
            "# {% from 'template/style.jinja' import style with context %}\n"
            "# {% call style() %}\n{{ text }}\n# {% endcall %}\n"
        )

        def rendered(text: str, *, sync: bool) -> str:
            answers = {"sync": sync, "text": text}
            return source.render_file(Path("styled.py"), answers, frozenset(), []).decode()

        yield rendered


@pytest.mark.parametrize(
    ("source", "sync"),
    [
        ("async def f() -> int:", "def f() -> int:"),
        ("return await (await g())", "return (g())"),
        ("async with a, b:", "with a, b:"),
        ("[x async for x in y]", "[x for x in y]"),
        ("class A(AsyncSession): ...", "class A(Session): ..."),
        ("@asynccontextmanager", "@contextmanager"),
        ("create_async_engine(url)", "create_engine(url)"),
        ("async_sessionmaker[AsyncSession]", "sessionmaker[Session]"),
        ("import asyncio", "import asyncio"),
        ("asyncio.get_running_loop()", "asyncio.get_running_loop()"),
        ("awaited = awaiting", "awaited = awaiting"),
        ('say("await me")  # async def', 'say("await me")  # async def'),
        (r'await say("a \" await b")', r'say("a \" await b")'),
        ("await say('it is \"async def\"')", "say('it is \"async def\"')"),
        ('await say("#", await b)', 'say("#", b)'),
        ("f()  # don't\nawait g('async x')", "f()  # don't\ng('async x')"),
        ('"""Await: async def\n\nawait "x" AsyncSession."""\nawait f()', None),
    ],
)
def test_sync_style(render: Render, source: str, sync: str | None) -> None:
    expected = source.removesuffix("await f()") + "f()" if sync is None else sync
    assert render(source, sync=True) == f"{expected}\n"
    assert render(source, sync=False) == f"{source}\n"


def test_no_string_awaits() -> None:
    """The style leaves strings as they are, so an expression in one cannot be async."""
    found = [
        path.relative_to(TEMPLATE).as_posix()
        for path in TEMPLATE.rglob("*.py")
        if re.search(r"""\bf(["']).*\{[^}'"]*\bawait .*\1""", path.read_text(encoding="utf-8"))
    ]
    assert found == []
