from uuid import uuid4

import pytest
from fastapi.testclient import TestClient

from tests.realtime.helpers import rooms_of


@pytest.fixture
def room() -> str:
    """Return the name of a room for this test only."""
    return uuid4().hex


@pytest.fixture(autouse=True)
def new_allowances(running_client: TestClient) -> None:
    """Forget what earlier tests said."""
    rooms_of(running_client).allowances.clear()
