"""The terminal session in the README."""

import html
import re
import runpy
from pathlib import Path

SCRIPT = Path(__file__).parent.parent / "docs/session.py"


def words(picture: str) -> list[str]:
    """Return the texts of a picture."""
    return re.findall(r"<text [^>]*>([^<]*)</text>", html.unescape(picture))


def test_picture_shows_what_the_commands_print() -> None:
    session = runpy.run_path(str(SCRIPT))
    shown = words(session["PICTURE"].read_text(encoding="utf-8"))
    assert shown == words(session["draw"]()), "run: uv run python docs/session.py"
