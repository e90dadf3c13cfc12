import asyncio

import pytest
from fastapi.testclient import TestClient
from pydantic import SecretStr
from redis.exceptions import RedisError

from app.config import Settings
from app.main import create_app
from app.redis.connection import open_redis


def test_readiness_asks_redis(client: TestClient) -> None:
    assert "redis" in client.get("/health/ready").json()["checked"]


def test_redis_that_is_down_is_not_ready(settings: Settings) -> None:
    url = SecretStr("redis://127.0.0.1:1/0")
    down = settings.model_copy(
        update={"redis_url": url, "redis_timeout": 0.1, "readiness_timeout": 0.2}
    )
    with TestClient(create_app(down)) as client:
        response = client.get("/health/ready")
    assert response.status_code == 503
    assert "redis" in response.json()["detail"]


def test_client_waits_no_longer_than_the_settings_say(settings: Settings) -> None:
    async def wait() -> None:
        async with open_redis(settings.model_copy(update={"redis_timeout": 0.05})) as client:
            await client.blpop([f"{settings.redis_prefix}nothing"], timeout=5)

    with pytest.raises(RedisError):
        asyncio.run(wait())
