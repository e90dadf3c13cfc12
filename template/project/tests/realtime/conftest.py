from uuid import uuid4

import pytest


@pytest.fixture
def room() -> str:
    """Return the name of a room for this test only."""
    return uuid4().hex
