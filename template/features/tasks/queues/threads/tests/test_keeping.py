from threading import Event

import pytest
from redis.exceptions import RedisError

from app.tasks import keeping
from app.tasks.tasks import Tasks


def test_keeper_goes_on_though_redis_is_away_at_times(
    tasks: Tasks, monkeypatch: pytest.MonkeyPatch
) -> None:
    tended = Event()
    rounds = 0

    def tend(_tasks: Tasks) -> None:
        nonlocal rounds
        rounds += 1
        if rounds == 1:
            raise RedisError
        tended.set()

    monkeypatch.setattr(keeping, "ROUND_SECONDS", 0.01)
    monkeypatch.setattr(keeping, "tend", tend)
    with keeping.keeping(tasks):
        assert tended.wait(5)
