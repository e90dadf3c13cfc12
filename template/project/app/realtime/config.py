"""Limits and times for clients of rooms."""

from typing import Annotated

from pydantic import BaseModel, Field

from app.setting_types import Count, Seconds

STOPPING = "stopping"
"""What `serve` writes to the drain file before it stops the server."""


class RealtimeSettings(BaseModel):
    realtime_message_size: Annotated[int, Field(ge=1, le=65_536)] = 4_096
    realtime_messages_per_second: Count = 10
    realtime_connections: Count = 20
    realtime_queue_size: Count = 100
    realtime_heartbeat_seconds: Seconds = 20
    realtime_events_kept: Count = 100
    realtime_events_kept_seconds: Count = 300
