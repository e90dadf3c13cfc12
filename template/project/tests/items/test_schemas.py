from typing import Any
from uuid import uuid4

import pytest
from pydantic import ValidationError

from app.items.schemas import ItemCreate, ItemPatch

CHAIR = {"name": "Chair", "price": "49.90"}


@pytest.mark.parametrize(
    "changes",
    [
        {"name": ""},
        {"name": "   "},
        {"name": "a" * 101},
        {"name": None},
        {"name": "a\u0000b"},
        {"description": "a" * 1001},
        {"price": "-0.01"},
        {"price": "1.001"},
        {"price": "NaN"},
        {"price": "Infinity"},
        {"price": "10000000000"},
        {"price": None},
        {"tags": [str(n) for n in range(11)]},
        {"tags": [""]},
        {"tags": "wood"},
        {"id": str(uuid4())},
        {"created_at": "2020-01-01T00:00:00Z"},
        {"unknown": 1},
    ],
)
def test_invalid_item_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        ItemCreate.model_validate(CHAIR | changes)
    with pytest.raises(ValidationError):
        ItemPatch.model_validate(changes)
