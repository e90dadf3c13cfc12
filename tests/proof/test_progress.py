import io

import pytest

from trellis.proof.reports.progress import Display


def test_without_a_terminal_a_line_is_shown_now_and_then() -> None:
    stream = io.StringIO()
    assert list(Display(stream, every=0).follow("suites", "abc", 3)) == ["a", "b", "c"]
    assert stream.getvalue().splitlines() == [f"suites: {done} of 3, 0 s" for done in (1, 2, 3, 3)]


def test_on_a_terminal_there_is_a_bar(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    stream = io.StringIO()
    assert list(Display(stream).follow("suites", "abc", 3)) == ["a", "b", "c"]
    assert "3/3" in stream.getvalue()
    assert "suites: " not in stream.getvalue()
