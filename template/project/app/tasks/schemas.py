"""Responses."""

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, JsonValue

from app.tasks.records import Progress


class TaskRead(BaseModel):
    """A task as clients see it."""

    model_config = ConfigDict(from_attributes=True)

    id: str
    job: str
    state: Literal["queued", "running", "succeeded", "failed"]
    progress: Progress | None
    result: JsonValue
    reason: str | None = Field(description="The reason for a failure.")
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
