import pytest

from app.items.repository import ITEMS


@pytest.fixture(autouse=True)
def no_items() -> None:
    """Delete the items of the previous test."""
    ITEMS.clear()
