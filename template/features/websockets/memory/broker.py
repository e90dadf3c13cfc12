"""What carries messages to the connections of this process, and keeps the last of each room."""

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from time import monotonic

from app.config import Settings
from app.realtime.messages import Delivery, Member, Said


@dataclass
class Kept:
    """The last messages of a room, and when the very last came."""

    messages: deque[Said]
    at: float


class Broker:
    """Rooms of this process alone."""

    def __init__(self, settings: Settings, deliver: Callable[[Delivery], None]) -> None:
        self._settings = settings
        self._deliver = deliver
        self._kept: dict[str, Kept] = {}
        self._present: dict[str, dict[str, Member]] = {}

    async def publish(self, delivery: Delivery) -> None:
        """Bring a message to all whom it is for, and keep it if it was said to all."""
        if isinstance(delivery.message, Said):
            empty = Kept(deque(maxlen=self._settings.realtime_events_kept), 0)
            kept = self._kept.setdefault(delivery.room, empty)
            kept.messages.append(delivery.message)
            kept.at = monotonic()
        self._deliver(delivery)
        await asyncio.sleep(0)  # so that it is sent, and does not wait with many others

    async def kept(self, room: str) -> list[Said]:
        """Return the last messages of a room, the oldest first."""
        kept = self._kept.get(room)
        return list(kept.messages) if kept else []

    async def enter(self, room: str, member: Member) -> None:
        self._present.setdefault(room, {})[member.id] = member

    async def leave(self, room: str, member: Member) -> None:
        self._present[room].pop(member.id)
        if not self._present[room]:
            del self._present[room]

    async def present(self, room: str) -> list[Member]:
        """Return who is in a room, those who came first before the others."""
        return list(self._present.get(room, {}).values())

    async def refresh(self) -> None:
        """Forget the messages of rooms in which nothing was said for a while."""
        oldest = monotonic() - self._settings.realtime_events_kept_seconds
        for room in [room for room, kept in self._kept.items() if kept.at < oldest]:
            del self._kept[room]
