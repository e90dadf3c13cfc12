"""A Redis server for the tests, or a prefix of their own on an existing one."""

import os
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any
from uuid import uuid4

import pytest
from redis import Redis

from dev.redis import embedded_redis


@pytest.fixture(scope="session")
def redis_settings() -> Iterator[dict[str, Any]]:
    """Use the server at TEST_REDIS_URL without its other keys, or an embedded server."""
    with ExitStack() as stack:
        url = os.environ.get("TEST_REDIS_URL") or stack.enter_context(embedded_redis())
        prefix = f"test_{uuid4().hex}:"
        yield {"redis_url": url, "redis_prefix": prefix}
        with Redis.from_url(url) as client:
            for key in client.scan_iter(f"*{prefix[:-1]}*"):
                client.delete(key)
