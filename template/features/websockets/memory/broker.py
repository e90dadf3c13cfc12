"""Deliver messages within this process, and keep the last ones of each room."""

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from time import monotonic

from app.config import Settings
from app.realtime.schemas import Delivery, Member, Said


@dataclass
class Kept:
    """The last messages of a room, and the time of the newest one."""

    messages: deque[Said]
    at: float


class Broker:
    """Rooms within one process."""

    def __init__(self, settings: Settings, deliver: Callable[[Delivery], None]) -> None:
        self._settings = settings
        self._deliver = deliver
        self._kept: dict[str, Kept] = {}
        self._present: dict[str, dict[str, Member]] = {}

    async def publish(self, delivery: Delivery) -> None:
        """Deliver a message, and keep it if it is for the whole room."""
        if isinstance(delivery.message, Said):
            empty = Kept(deque(maxlen=self._settings.realtime_events_kept), 0)
            kept = self._kept.setdefault(delivery.room, empty)
            kept.messages.append(delivery.message)
            kept.at = monotonic()
        self._deliver(delivery)
        await asyncio.sleep(0)  # let connections send it before the next one arrives

    async def kept(self, room: str) -> list[Said]:
        """Return the last messages of a room, oldest first."""
        kept = self._kept.get(room)
        return list(kept.messages) if kept else []

    async def enter(self, room: str, member: Member) -> None:
        self._present.setdefault(room, {})[member.id] = member

    async def leave(self, room: str, member: Member) -> None:
        self._present[room].pop(member.id)
        if not self._present[room]:
            del self._present[room]

    async def present(self, room: str) -> list[Member]:
        """Return the members of a room, in the order in which they entered."""
        return list(self._present.get(room, {}).values())

    async def refresh(self) -> None:
        """Delete the messages of rooms that were silent for a while."""
        oldest = monotonic() - self._settings.realtime_events_kept_seconds
        for room in [room for room, kept in self._kept.items() if kept.at < oldest]:
            del self._kept[room]
