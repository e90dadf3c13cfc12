"""Clients of a service's rooms: WebSockets, and two tabs of a browser.

It runs by itself under the service's interpreter, which has the package `websockets`, and imports nothing of
Trellis. It ends with 0, or with a traceback that says what was otherwise.

    python rooms_client.py chat http://127.0.0.1:1 http://127.0.0.1:2 [process id of the second]
    python rooms_client.py tabs http://127.0.0.1:1 http://127.0.0.1:2 /usr/bin/chromium
"""

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from importlib import import_module
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Protocol

SECONDS = 20

ConnectionClosed: Any = import_module("websockets.exceptions").ConnectionClosed
connect: Any = import_module("websockets.sync.client").connect


class Socket(Protocol):
    """What is used of a WebSocket here."""

    def recv(self, timeout: float) -> str:
        """Return the next message."""
        ...


def next_of(socket: Socket, kind: str) -> dict[str, Any]:
    """Return the next message of a kind, and leave out others."""
    while True:
        message: dict[str, Any] = json.loads(socket.recv(SECONDS))
        if message["type"] == kind:
            return message


def chat(first: str, second: str, process: str) -> None:
    """Talk across two processes; then stop the second one, and see it say so before it goes."""
    with (
        connect(f"{first}/ws/rooms/lobby".replace("http", "ws")) as ada,
        connect(f"{second}/ws/rooms/lobby".replace("http", "ws")) as eve,
    ):
        you = next_of(eve, "welcome")["you"]
        assert next_of(ada, "welcome")
        ada.send(json.dumps({"type": "say", "text": "Hello"}))
        heard = next_of(eve, "said")
        assert heard == next_of(ada, "said")
        eve.send(json.dumps({"type": "tell", "to": heard["sender"]["id"], "text": "Hi"}))
        assert next_of(ada, "told")["sender"] == you
        os.kill(int(process), signal.SIGTERM)
        with contextlib.suppress(ConnectionClosed):
            next_of(eve, "nothing")
        assert eve.close_code == 1001, (eve.close_code, eve.close_reason)
        while next_of(ada, "left")["member"] != you:
            pass


class Tab:
    """A tab of the browser, by the DevTools protocol."""

    def __init__(self, browser: str, url: str) -> None:
        request = urllib.request.Request(f"{browser}/json/new?{url}", method="PUT")  # noqa: S310 (on loopback)
        with urllib.request.urlopen(request, timeout=SECONDS) as answer:  # noqa: S310
            self.socket = connect(json.load(answer)["webSocketDebuggerUrl"])
        self.ids = count(1)

    def run(self, script: str) -> object:
        """Return what a script gives in the page; nothing while the page is being loaded."""
        number = next(self.ids)
        parameters = {"expression": script, "returnByValue": True}
        self.socket.send(json.dumps({"id": number, "method": "Runtime.evaluate", "params": parameters}))
        while (answer := json.loads(self.socket.recv(SECONDS))).get("id") != number:
            pass
        return answer.get("result", {}).get("result", {}).get("value")

    def enter(self) -> None:
        """Enter the room as a person does."""
        loaded = "document.readyState == 'complete' && document.querySelector('#enter') != null"
        wait_for(lambda: self.run(loaded))
        self.run("document.querySelector('#enter button').click()")
        wait_for(lambda: self.run("document.querySelectorAll('#present li').length"))

    def say(self, text: str) -> None:
        """Write a message, and send it."""
        self.run(f"document.querySelector('#say input').value = {json.dumps(text)}")
        self.run("document.querySelector('#say button').click()")

    def shows(self, text: str) -> bool:
        """Tell whether a message is on the page."""
        return text in str(self.run("document.querySelector('#messages').textContent"))


def tabs(first: str, second: str, program: str) -> None:
    """Let one tab show what is said in another, whose page another process serves."""
    with browser(program) as address:
        ada, eve = (Tab(address, f"{url}/static/rooms.html") for url in (first, second))
        ada.enter()
        eve.enter()
        wait_for(lambda: ada.run("document.querySelectorAll('#present li').length") == 2)
        ada.say("Hello <b>there</b>")
        wait_for(lambda: eve.shows("Hello <b>there</b>"))
        eve.say("Hi")
        wait_for(lambda: ada.shows("Hi"))
        for tab in (ada, eve):
            tab.socket.close()


@contextlib.contextmanager
def browser(program: str) -> Iterator[str]:
    """Run Chromium without a window, and give the address of its DevTools."""
    with TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        options = ["--headless=new", "--no-sandbox", "--remote-debugging-port=0", f"--user-data-dir={folder}"]
        process = subprocess.Popen([program, *options, "about:blank"], stderr=subprocess.DEVNULL)
        try:
            port = Path(folder, "DevToolsActivePort")
            wait_for(lambda: port.is_file() and port.read_text())
            yield f"http://127.0.0.1:{port.read_text().splitlines()[0]}"
        finally:
            process.terminate()
            process.wait(SECONDS)


def wait_for(condition: Callable[[], object]) -> None:
    """Wait until it is so."""
    end = time.monotonic() + SECONDS
    while not condition():
        assert time.monotonic() < end, "it did not come to that"
        time.sleep(0.05)


if __name__ == "__main__":
    {"chat": chat, "tabs": tabs}[sys.argv[1]](*sys.argv[2:])
