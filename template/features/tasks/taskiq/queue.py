"""The queue: taskiq. Its list in Redis contains JSON messages with only the ids of tasks."""

from redis.asyncio.retry import Retry
from redis.backoff import ExponentialWithJitterBackoff
from taskiq import TaskiqMessage
from taskiq_redis import ListQueueBroker

from app.config import Settings

RUN = "run"


def create_broker(settings: Settings) -> ListQueueBroker:
    return ListQueueBroker(
        settings.redis_url.get_secret_value(),
        queue_name=f"{settings.redis_prefix}queue",
        socket_connect_timeout=settings.redis_timeout,
        socket_timeout=None,
        retry=Retry(ExponentialWithJitterBackoff(base=0.01, cap=0.1), retries=2),
    )


class Queue:
    """The list from which workers take the ids of tasks."""

    def __init__(self, broker: ListQueueBroker) -> None:
        self.broker = broker
        self.name = broker.queue_name

    def message(self, task_id: str) -> bytes:
        message = TaskiqMessage(
            task_id=task_id, task_name=RUN, labels={}, args=[task_id], kwargs={}
        )
        return self.broker.formatter.dumps(message).message


def create_queue(settings: Settings) -> Queue:
    return Queue(create_broker(settings))
