"""Tasks: what the queue knows, what clients see, and what Redis stores."""

from datetime import UTC, datetime
from typing import Literal
# {% if auth != 'none' %}
from uuid import UUID, uuid4
# {% else %}
from uuid import uuid4
# {% endif %}

from pydantic import BaseModel, Field, JsonValue

from app.logging import request_id


class Progress(BaseModel):
    """How far a task is."""

    done: int
    expected: int


class Outcome(BaseModel):
    """What the queue knows of a task."""

    state: Literal["queued", "running", "succeeded", "failed"] = "queued"
    progress: Progress | None = None
    result: JsonValue = None
    reason: str | None = Field(default=None, description="The reason for a failure.")


class TaskPublic(Outcome):
    """A task as clients see it."""

    id: str
    job: str
    created_at: datetime
    started_at: datetime | None = None
    finished_at: datetime | None = None


class TaskRecord(TaskPublic):
    """A task as Redis stores it. New ones have an id, a date and the request that starts them."""

    id: str = Field(default_factory=lambda: uuid4().hex)
    created_at: datetime = Field(default_factory=lambda: datetime.now(UTC))
    request_id: str | None = Field(default_factory=request_id.get)
    arguments: dict[str, JsonValue]
    # {% if auth != 'none' %}
    owner_id: UUID | None = None
# {% endif %}
