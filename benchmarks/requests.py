"""Throughput of `GET /api/v1/items/{item_id}` in the barest service, against a bare FastAPI application.

Both run in the service's own environment, one worker of uvicorn each, turn by turn; wrk asks over loopback.
The bare application has nothing but the service's own route and model: the ratio is the price of all that
surrounds a request in the service. For orientation, a third one has the route as a tutorial would write it.

Usage: uv run python -m benchmarks.requests [--rounds 5] [--seconds 4]
"""

import argparse
import os
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

ITEM = "11111111-1111-4111-8111-111111111111"
TARGET = 0.85

STORED = f"""
from datetime import UTC, datetime
from decimal import Decimal
from uuid import UUID

from app.items.models import Item
from app.items.repository import ITEMS

now = datetime.now(UTC)
ITEMS[UUID("{ITEM}")] = Item(
    id=UUID("{ITEM}"),
    name="Chair",
    description=None,
    price=Decimal("49.90"),
    tags=["wood"],
    created_at=now,
    updated_at=now,
)
"""
APPLICATIONS = {
    "service": f"{STORED}\nfrom app.main import app",
    "bare": f"""{STORED}
from fastapi import FastAPI

from app.items.router import read_item
from app.items.schemas import ItemRead

app = FastAPI()
app.get("/api/v1/items/{{item_id}}", response_model=ItemRead)(read_item)
""",
    "tutorial": f"""{STORED}
from fastapi import FastAPI, HTTPException

app = FastAPI()


@app.get("/api/v1/items/{{item_id}}")
async def read_item(item_id: UUID) -> Item:
    if item_id not in ITEMS:
        raise HTTPException(404)
    return ITEMS[item_id]
""",
}


def main() -> None:
    """Measure, and print a table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=int, default=4)
    options = parser.parse_args()
    if not shutil.which("wrk"):
        sys.exit("benchmarks.requests: wrk is not installed (Debian: apt-get install wrk)")
    with TemporaryDirectory() as folder:
        service = prepared(Path(folder, "service"), APPLICATIONS)
        rates: dict[str, list[float]] = {name: [] for name in APPLICATIONS}
        for _ in range(options.rounds):
            for name in APPLICATIONS:
                rates[name].append(requests_a_second(service, name, options.seconds))
    report(rates, f"Target: at least {TARGET} of the bare application.")


def prepared(service: Path, applications: Mapping[str, str], *answers: str) -> Path:
    """Make a service with its environment, and a module for each application."""
    given = [f"--set={answer}" for answer in answers]
    new = [sys.executable, "-m", "trellis", "new", str(service), "--defaults", "--no-git", *given]
    subprocess.run(new, check=True, stdout=subprocess.DEVNULL)
    environment = {name: value for name, value in os.environ.items() if name != "VIRTUAL_ENV"}
    subprocess.run(["uv", "sync", "--quiet"], cwd=service, env=environment, check=True)  # noqa: S607
    for name, code in applications.items():
        (service / f"{name}_application.py").write_text(code, encoding="utf-8")
    return service


def requests_a_second(service: Path, name: str, seconds: int, headers: Sequence[str] = ()) -> float:
    """Start one application, ask it for a while, and return how many answers a second it gave."""
    with served(service, f"{name}_application:app") as address:
        url = f"{address}/api/v1/items/{ITEM}"
        wrk = ["wrk", "--threads", "1", "--connections", "16", "--duration", f"{seconds}s"]
        sent = [f"--header={header}" for header in headers]
        asked = subprocess.run([*wrk, *sent, url], check=True, capture_output=True, text=True)
    found = re.search(r"Requests/sec:\s+([\d.]+)", asked.stdout)
    if not found or "Non-2xx" in asked.stdout:
        sys.exit(f"benchmarks: {name} did not answer well:\n{asked.stdout}")
    return float(found[1])


@contextmanager
def served(service: Path, application: str) -> Generator[str]:
    """Run uvicorn on a free port of loopback, and give the address."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    python = service / ".venv" / "bin" / "python"
    arguments = ["--port", str(port), "--no-access-log", "--log-level", "warning"]
    process = subprocess.Popen([python, "-m", "uvicorn", application, *arguments], cwd=service)
    address = f"http://127.0.0.1:{port}"
    try:
        wait_for(f"{address}/openapi.json")
        yield address
    finally:
        process.terminate()
        process.wait(10)


def wait_for(url: str, seconds: float = 20) -> None:
    """Wait until the URL answers."""
    end = time.monotonic() + seconds
    while True:
        try:
            urllib.request.urlopen(url, timeout=1).close()  # noqa: S310 (a fixed address of this machine)
        except OSError:
            if time.monotonic() > end:
                raise
            time.sleep(0.05)
        else:
            return


def report(rates: dict[str, list[float]], target: str) -> None:
    """Print the middle rates, the service's ratio to each, and the target."""
    middle = {name: median(found) for name, found in rates.items()}
    print(f"{'application':<12}{'requests/s':>12}{'service is':>12}")
    for name, rate in middle.items():
        print(f"{name:<12}{rate:>12.0f}{middle['service'] / rate:>12.2f}")
    print(target)


if __name__ == "__main__":
    main()
