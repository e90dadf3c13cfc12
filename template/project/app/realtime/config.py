"""Limits and times for clients of rooms."""

from typing import Annotated

from pydantic import BaseModel, Field, PositiveFloat, PositiveInt

STOPPING = "stopping"
"""What `serve` writes to the drain file before it stops the server."""


class RealtimeSettings(BaseModel):
    realtime_message_size: Annotated[int, Field(ge=1, le=65_536)] = 4_096
    realtime_messages_per_second: PositiveInt = 10
    realtime_connections: PositiveInt = 20
    realtime_queue_size: PositiveInt = 100
    realtime_heartbeat_seconds: PositiveFloat = 20
    realtime_events_kept: PositiveInt = 100
    realtime_events_kept_seconds: PositiveInt = 300
