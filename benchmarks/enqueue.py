"""How many tasks a second a service queues, by each queue, against the library used bare.

Both run in the service's own environment, in one process, turn by turn, on the Redis at --redis. The bare
library sends the same arguments by its own defaults. The service sends by the same library, and writes one
record: the owner of the task, its key, and what counts for the limits.

Usage: uv run python -m benchmarks.enqueue [--redis URL] [--rounds 5] [--tasks 1000] [QUEUE ...]
"""

import argparse
import json
import os
import subprocess
import sys
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

QUEUES = ("taskiq", "celery", "rq", "huey")

MEASURED = """
import asyncio
import json
import sys
import time
from inspect import isawaitable
from uuid import uuid4

from app.config import load_settings
from app.tasks.dependencies import arguments_model
from app.tasks.jobs import JOBS
from app.tasks.queue import open_tasks
from app.tasks.schemas import TaskRecord

ROUNDS, TASKS = int(sys.argv[1]), int(sys.argv[2])
PREFIX = f"benchmark-{uuid4().hex}:"
ARGUMENTS = {"subject": "Hello", "text": "It works."}
settings = load_settings().model_copy(update={"redis_prefix": PREFIX, "queue_limit": 10**9})
url = settings.redis_url.get_secret_value()
NAME = "send_notification"
"""
BARE = {
    "taskiq": """
from taskiq.kicker import AsyncKicker
from taskiq_redis import RedisAsyncResultBackend, RedisStreamBroker


async def bare():
    broker = RedisStreamBroker(url, queue_name=PREFIX + "bare")
    broker = broker.with_result_backend(RedisAsyncResultBackend(url))
    return lambda: AsyncKicker("send_notification", broker, {}).kiq(**ARGUMENTS)
""",
    "celery": """
from celery import Celery


def bare():
    celery = Celery(broker=url, backend=url, set_as_current=False)
    celery.conf.update(task_default_queue=PREFIX + "bare")
    return lambda: celery.send_task("send_notification", kwargs=ARGUMENTS)
""",
    "rq": """
from redis import Redis
from rq import Queue


def bare():
    queue = Queue(PREFIX + "bare", connection=Redis.from_url(url))
    return lambda: queue.enqueue("app.tasks.jobs.send_notification", **ARGUMENTS)
""",
    "huey": """
from huey import RedisHuey


def bare():
    huey = RedisHuey(PREFIX + "bare", clean_name=False, url=url)
    task = huey.task(name="send_notification")(lambda subject, text: None)
    return lambda: task(**ARGUMENTS)
""",
}
MEASURE = """
async def rate(send):
    started = time.perf_counter()
    for _ in range(TASKS):
        sent = send()
        if isawaitable(sent):
            await sent
    return TASKS / (time.perf_counter() - started)


async def measured(tasks):
    by_library = bare()
    by_library = await by_library if isawaitable(by_library) else by_library
    checked = lambda: arguments_model(NAME).model_validate(ARGUMENTS).model_dump(mode="json")
    by_service = lambda: tasks.start(TaskRecord(job=NAME, arguments=checked()), JOBS[NAME])
    rates = {"service": [], "bare": []}
    for _ in range(ROUNDS):
        rates["service"].append(await rate(by_service))
        rates["bare"].append(await rate(by_library))
    return rates


async def main():
    opened = open_tasks(settings)
    if hasattr(opened, "__aenter__"):
        async with opened as tasks:
            return await measured(tasks)
    with opened as tasks:
        return await measured(tasks)


try:
    print(json.dumps(asyncio.run(main())))
finally:
    from redis import Redis

    with Redis.from_url(url) as redis:
        for key in redis.scan_iter(f"*{PREFIX}*", count=10_000):
            redis.delete(key)
"""


def main() -> None:
    """Measure, and print a table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("queues", nargs="*", default=QUEUES, metavar="QUEUE")
    parser.add_argument("--redis", default="redis://127.0.0.1:6379/9")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--tasks", type=int, default=1000)
    options = parser.parse_args()
    print(f"{'queue':<10}{'service/s':>12}{'bare/s':>12}{'service is':>12}")
    with TemporaryDirectory() as folder:
        for queue in options.queues:
            service = prepared(Path(folder, f"queue-{queue}"), queue)
            rates = measured(service, options.redis, options.rounds, options.tasks)
            own, bare = median(rates["service"]), median(rates["bare"])
            print(f"{queue:<10}{own:>12.0f}{bare:>12.0f}{own / bare:>12.2f}", flush=True)


def prepared(service: Path, queue: str) -> Path:
    """Make a service with the queue, its environment, and the script that measures."""
    answers = ["--defaults", "--no-git", "--set", "database=sqlite", "--set", f"tasks={queue}"]
    command = [sys.executable, "-m", "trellis", "new", str(service), *answers]
    subprocess.run(command, check=True, capture_output=True)
    environment = {name: value for name, value in os.environ.items() if name != "VIRTUAL_ENV"}
    subprocess.run(["uv", "sync", "--quiet"], cwd=service, env=environment, check=True)  # noqa: S607
    (service / "measure.py").write_text(MEASURED + BARE[queue] + MEASURE, encoding="utf-8")
    return service


def measured(service: Path, redis: str, rounds: int, tasks: int) -> dict[str, list[float]]:
    """Return the rates of each round."""
    python = service / ".venv" / "bin" / "python"
    said = subprocess.run(
        [python, "measure.py", str(rounds), str(tasks)],
        cwd=service,
        env=os.environ | {"REDIS_URL": redis},
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    )
    rates: dict[str, list[float]] = json.loads(said.stdout)
    return rates


if __name__ == "__main__":
    main()
