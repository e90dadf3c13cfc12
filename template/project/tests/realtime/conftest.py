from uuid import uuid4

import pytest


@pytest.fixture
def room() -> str:
    """Return the name of a room of this test alone."""
    return uuid4().hex
