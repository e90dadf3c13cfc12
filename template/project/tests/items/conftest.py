import pytest

from app.items.repository import ITEMS


@pytest.fixture(autouse=True)
def no_items() -> None:
    """Begin each test without the items of the one before."""
    ITEMS.clear()
