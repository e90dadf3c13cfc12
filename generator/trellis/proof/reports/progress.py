"""Shows the progress of the proof: a bar on a terminal, else a line every few seconds."""

import sys
import time
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import contextmanager
from typing import TextIO, TypeVar

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

T = TypeVar("T")


class Display:
    """Shows the progress of each part of the work.

    Args:
        stream: the output.
        every: seconds between two lines without a terminal.

    """

    def __init__(self, stream: TextIO = sys.stderr, every: float = 10) -> None:
        self._console = Console(file=stream)
        self._every = every

    def follow(self, title: str, work: Iterable[T], total: int) -> Iterator[T]:
        """Yield the items of the work, and show how many of the total are done."""
        show = self._bar if self._console.is_terminal else self._lines
        with show(title, total) as advance:
            for item in work:
                yield item
                advance()

    @contextmanager
    def _bar(self, title: str, total: int) -> Generator[Callable[[], None]]:
        columns = TextColumn("{task.description:<14}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn()
        with Progress(*columns, console=self._console) as progress:
            task = progress.add_task(title, total=total)
            yield lambda: progress.advance(task)

    @contextmanager
    def _lines(self, title: str, total: int) -> Generator[Callable[[], None]]:
        done, started, shown = 0, time.monotonic(), time.monotonic()

        def say() -> None:
            elapsed = time.monotonic() - started
            print(f"{title}: {done} of {total}, {elapsed:.0f} s", file=self._console.file, flush=True)

        def advance() -> None:
            nonlocal done, shown
            done += 1
            if time.monotonic() - shown >= self._every:
                shown = time.monotonic()
                say()

        yield advance
        say()
