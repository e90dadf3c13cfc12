"""The time limit and the lease of a running task."""

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from threading import Event, Thread

from redis.exceptions import RedisError

RENEWAL_SECONDS = 5


@contextmanager
def time_limit(seconds: float) -> Iterator[None]:
    """Raise `TimeoutError` in a job that takes longer; each runs in its process's main thread."""

    def stop(_signal: int, _frame: object) -> None:
        raise TimeoutError

    before = signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


@contextmanager
def kept_alive(renew: Callable[[], None]) -> Iterator[None]:
    """Renew the lease of a task periodically."""
    ended = Event()

    def keep() -> None:
        while not ended.wait(RENEWAL_SECONDS):
            with suppress(RedisError):
                renew()

    thread = Thread(target=keep, daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()
