"""Close connections before the server does, which would use 1012 or wait for ever."""

import asyncio
import signal
import threading
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from types import FrameType

SIGNALS = (signal.SIGINT, signal.SIGTERM)


@contextmanager
def before_shutdown(close: Callable[[], Awaitable[None]]) -> Iterator[None]:
    """On the first signal to stop, run `close` before the server's own handler."""
    if threading.current_thread() is not threading.main_thread():
        yield  # only the main thread can handle signals
        return
    loop = asyncio.get_running_loop()
    handlers = {number: signal.getsignal(number) for number in SIGNALS}
    closing: list[asyncio.Task[None]] = []

    async def close_and_stop(number: int) -> None:
        try:
            await close()
        finally:
            stop(number)

    def stop(number: int) -> None:
        signal.signal(number, handlers[signal.Signals(number)])
        signal.raise_signal(number)

    def on_signal(number: int, _frame: FrameType | None) -> None:
        if closing:
            stop(number)
        else:
            loop.call_soon_threadsafe(
                lambda: closing.append(loop.create_task(close_and_stop(number)))
            )

    for number in SIGNALS:
        signal.signal(number, on_signal)
    try:
        yield
    finally:
        for number, handler in handlers.items():
            signal.signal(number, handler)
