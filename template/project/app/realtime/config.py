"""Limits and times for clients of rooms."""

from pydantic import BaseModel, PositiveFloat, PositiveInt


class RealtimeSettings(BaseModel):
    realtime_message_size: PositiveInt = 4_096
    realtime_messages_per_second: PositiveInt = 10
    realtime_connections: PositiveInt = 20
    realtime_queue_size: PositiveInt = 100
    realtime_heartbeat_seconds: PositiveFloat = 20
    realtime_events_kept: PositiveInt = 100
    realtime_events_kept_seconds: PositiveInt = 300
