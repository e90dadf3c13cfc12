"""A program on a terminal, and what a person sees of it."""

import os
import pty
import select
import signal
import struct
import termios
import time
from collections.abc import Mapping
from fcntl import ioctl

import pyte

COLUMNS, LINES = 80, 60
DOWN, ENTER, CTRL_C, CTRL_U = "\x1b[B", "\r", "\x03", "\x15"


class _Screen(pyte.Screen):
    """A screen that also answers where its cursor is, as terminals do."""

    terminal: int

    def write_process_input(self, data: str) -> None:
        os.write(self.terminal, data.encode())


class Terminal:
    """Runs a program on a terminal of 80 columns.

    Args:
        command: the program and its arguments.
        variables: environment variables besides this process's.

    """

    def __init__(self, *command: object, variables: Mapping[str, str] | None = None) -> None:
        arguments = [str(part) for part in command]
        self._process, self._terminal = pty.fork()
        if self._process == 0:
            environment = {**os.environ, "TERM": "xterm-256color", "LC_ALL": "C.UTF-8", **(variables or {})}
            os.execvpe(arguments[0], arguments, environment)  # noqa: S606
        ioctl(self._terminal, termios.TIOCSWINSZ, struct.pack("HHHH", LINES, COLUMNS, 0, 0))
        self._screen = _Screen(COLUMNS, LINES)
        self._screen.terminal = self._terminal
        self._stream = pyte.ByteStream(self._screen)
        self._ended = False

    @property
    def lines(self) -> list[str]:
        """The lines that are on the screen."""
        return [line.rstrip() for line in self._screen.display if line.strip()]

    @property
    def text(self) -> str:
        """The screen."""
        return "\n".join(self.lines)

    def press(self, *keys: str) -> None:
        """Press keys, and read what the program makes of each."""
        for key in keys:
            os.write(self._terminal, key.encode())
            self._read(0.05)

    def choose(self, choice: str) -> None:
        """Move to a choice of the list that is shown last, and take it."""
        for _ in self.lines:
            if self.pointed.startswith(choice):
                self.press(ENTER)
                return
            self.press(DOWN)
        raise AssertionError(f"{choice!r} cannot be chosen:\n{self.text}")

    @property
    def pointed(self) -> str:
        """The choice that would be taken now; nothing if there is no list."""
        return next((line[3:] for line in reversed(self.lines) if line.startswith(" » ")), "")

    def wait_for(self, text: str, seconds: float = 60) -> None:
        """Read until a text is on the screen, and the program has nothing more to say."""
        end = time.monotonic() + seconds
        while text not in self.text and not self._ended and time.monotonic() < end:
            self._read(0.2)
        self._read(0.05)
        assert text in self.text, f"{text!r} is not on the screen:\n{self.text}"

    def wait(self, seconds: float = 60) -> int:
        """Read until the program has ended, and return its exit code."""
        end = time.monotonic() + seconds
        while not self._ended and time.monotonic() < end:
            self._read(0.2)
        if not self._ended:
            os.kill(self._process, signal.SIGKILL)
        _, status = os.waitpid(self._process, 0)
        os.close(self._terminal)
        return os.waitstatus_to_exitcode(status)

    def _read(self, seconds: float) -> None:
        """Read until the program is silent for so long."""
        while not self._ended and select.select([self._terminal], [], [], seconds)[0]:
            try:
                self._stream.feed(os.read(self._terminal, 65536))
            except OSError:  # the program has ended
                self._ended = True
