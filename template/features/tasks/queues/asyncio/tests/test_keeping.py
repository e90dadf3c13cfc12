import asyncio

import pytest
from redis.exceptions import RedisError

from app.tasks import keeping
from app.tasks.tasks import Tasks


def test_keeper_goes_on_though_redis_is_away_at_times(
    tasks: Tasks, monkeypatch: pytest.MonkeyPatch
) -> None:
    tended = asyncio.Event()
    rounds = 0

    async def tend(_tasks: Tasks) -> None:
        nonlocal rounds
        rounds += 1
        if rounds == 1:
            raise RedisError
        tended.set()

    async def wait() -> None:
        async with asyncio.timeout(5), keeping.keeping(tasks):
            await tended.wait()

    monkeypatch.setattr(keeping, "ROUND_SECONDS", 0.01)
    monkeypatch.setattr(keeping, "tend", tend)
    asyncio.run(wait())
