from collections.abc import Iterator

import pytest

from app.database.base import Base
from tests.database.visits import OwnBase


@pytest.fixture
def visits() -> Iterator[None]:
    """Let the service know the model of visits during a test."""
    table = OwnBase.metadata.tables["visits"].to_metadata(Base.metadata)
    yield
    Base.metadata.remove(table)
