"""A real Chromium without a window, spoken to in its DevTools protocol over a pair of pipes."""

import json
import os
import shutil
import subprocess
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

PROGRAMS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
SECONDS = 30
TYPE = """(field, text) => {
    Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, 'value').set.call(field, text)
    field.dispatchEvent(new Event('input', {bubbles: true}))
}"""


def chromium() -> str | None:
    """Return the path of the browser, if there is one."""
    return next(filter(None, map(shutil.which, PROGRAMS)), None)


class BrowserError(Exception):
    """The browser does not do what it is told."""


class Browser:
    """What a person does with a browser: opens pages, looks, clicks and types."""

    def __init__(self, said: int, heard: int) -> None:
        self.said = said
        self.heard = heard
        self.buffer = b""
        self.calls = 0

    def call(self, method: str, session: str | None = None, **params: object) -> dict[str, Any]:
        self.calls += 1
        message = {"id": self.calls, "method": method, "params": params}
        if session:
            message["sessionId"] = session
        os.write(self.said, json.dumps(message).encode() + b"\0")
        while True:
            answer = self.next_message()
            if answer.get("id") == self.calls:
                if "error" in answer:
                    raise BrowserError(f"{method}: {answer['error']}")
                result: dict[str, Any] = answer["result"]
                return result

    def next_message(self) -> dict[str, Any]:
        while b"\0" not in self.buffer:
            if not (read := os.read(self.heard, 65536)):
                raise BrowserError("it has ended")
            self.buffer += read
        message, _, self.buffer = self.buffer.partition(b"\0")
        parsed: dict[str, Any] = json.loads(message)
        return parsed

    def open(self, url: str) -> "Page":
        return self.page(self.call("Target.createTarget", url=url)["targetId"])

    def page(self, target: str) -> "Page":
        return Page(self, self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"])

    def pages(self) -> list[str]:
        targets = self.call("Target.getTargets")["targetInfos"]
        return [target["targetId"] for target in targets if target["type"] == "page"]

    def next_window(self, before: list[str]) -> "Page":
        """Return the window that was opened since."""
        return self.page(next(iter(wait(lambda: [new for new in self.pages() if new not in before]))))


class Page:
    """One window."""

    def __init__(self, browser: Browser, session: str) -> None:
        self.browser = browser
        self.session = session

    def evaluate(self, script: str) -> Any:  # noqa: ANN401 (whatever the script says)
        answer = self.browser.call(
            "Runtime.evaluate", self.session, expression=script, returnByValue=True, userGesture=True
        )
        return answer["result"].get("value")

    def wait_for(self, script: str) -> Any:  # noqa: ANN401
        """Wait until the script says something true; while a page is being loaded, it says nothing."""

        def said() -> object:
            try:
                return self.evaluate(script)
            except BrowserError:
                return None

        return wait(said)

    def click(self, selector: str) -> None:
        found = f"document.querySelector({json.dumps(selector)})"
        self.wait_for(f"!!{found}")
        self.evaluate(f"{found}.click()")

    def type(self, selector: str, text: str) -> None:
        """Type as a person does: a page's own scripts hear of it."""
        found = f"document.querySelector({json.dumps(selector)})"
        self.wait_for(f"!!{found}")
        self.evaluate(f"({TYPE})({found}, {json.dumps(text)})")


def wait(look: Any) -> Any:  # noqa: ANN401
    deadline = time.monotonic() + SECONDS
    while time.monotonic() < deadline:
        if seen := look():
            return seen
        time.sleep(0.05)
    raise TimeoutError


@contextmanager
def browsing(folder: Path) -> Generator[Browser]:
    """Run a browser with a profile of its own."""
    program = chromium()
    assert program is not None
    read_by_it, said = os.pipe()
    heard, written_by_it = os.pipe()
    options = "--headless=new --no-sandbox --disable-gpu --disable-dev-shm-usage --no-first-run"
    pipes = f"3<&{read_by_it} 4>&{written_by_it}"
    command = f'exec "$0" {options} --remote-debugging-pipe --user-data-dir="$1" about:blank {pipes}'
    with (folder / "chromium.log").open("w") as log:
        process = subprocess.Popen(
            ["/bin/bash", "-c", command, program, str(folder)],
            pass_fds=(read_by_it, written_by_it),
            stdout=log,
            stderr=subprocess.STDOUT,
        )
    os.close(read_by_it)
    os.close(written_by_it)
    browser = Browser(said, heard)
    try:
        yield browser
    finally:
        browser.call("Browser.close")
        process.wait(60)
        os.close(said)
        os.close(heard)
