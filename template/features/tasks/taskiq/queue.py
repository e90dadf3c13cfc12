"""The queue: taskiq's, a list in Redis, whose messages are JSON and hold nothing but a task's id."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from redis.asyncio.retry import Retry
from redis.backoff import ExponentialWithJitterBackoff
from taskiq.exceptions import SendTaskError
from taskiq.kicker import AsyncKicker
from taskiq_redis import ListQueueBroker

from app.config import Settings

RUN = "run"
UNAVAILABLE = (SendTaskError,)


def create_broker(settings: Settings, timeout: float | None) -> ListQueueBroker:
    return ListQueueBroker(
        settings.redis_url.get_secret_value(),
        queue_name=f"{settings.redis_prefix}queue",
        socket_connect_timeout=settings.redis_timeout,
        socket_timeout=timeout,
        retry=Retry(ExponentialWithJitterBackoff(base=0.01, cap=0.1), retries=2),
    )


class Queue:
    """Where workers learn which task to run next."""

    def __init__(self, broker: ListQueueBroker) -> None:
        self.broker = broker

    async def send(self, task_id: str) -> None:
        await AsyncKicker(RUN, self.broker, {}).kiq(task_id)


@asynccontextmanager
async def open_queue(settings: Settings) -> AsyncIterator[Queue]:
    broker = create_broker(settings, settings.redis_timeout)
    try:
        yield Queue(broker)
    finally:
        await broker.shutdown()
