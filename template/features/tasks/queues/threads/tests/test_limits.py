import time
from threading import Event

import pytest
from redis.exceptions import RedisError

from app.tasks import limits
from app.tasks.context import TaskContext
from tests.tasks.fixtures import AddJob, RunTask, StartTask


def sleep(_task: TaskContext) -> None:
    time.sleep(60)


def test_job_that_takes_too_long_is_stopped(
    add_job: AddJob, start_task: StartTask, run_task: RunTask
) -> None:
    add_job(sleep, time_limit=0.05)
    assert run_task(start_task("sleep")).reason == "It took longer than 0.05 seconds."


def test_lease_is_renewed_though_redis_is_away_at_times(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "RENEWAL_SECONDS", 0.01)
    renewed = Event()
    calls = 0

    def renew() -> None:
        nonlocal calls
        calls += 1
        if calls == 1:
            raise RedisError
        renewed.set()

    with limits.kept_alive(renew):
        assert renewed.wait(5)
