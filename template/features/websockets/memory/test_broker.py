import asyncio

import pytest

from app.config import Settings
from app.realtime import broker
from app.realtime.broker import Broker
from app.realtime.schemas import Delivery, Member, Said


def test_room_in_which_nothing_is_said_for_a_while_is_forgotten(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = 1000.0
    monkeypatch.setattr(broker, "monotonic", lambda: now)
    rooms = Broker(settings, lambda _: None)
    # {% if auth != 'none' %}
    sender = Member(user="ada")
    # {% else %}
    sender = Member()
    # {% endif %}
    said = Said(sender=sender, text="Hello")
    asyncio.run(rooms.publish(Delivery(room="lobby", message=said)))
    asyncio.run(rooms.refresh())
    assert asyncio.run(rooms.kept("lobby")) == [said]
    now += settings.realtime_events_kept_seconds + 1
    asyncio.run(rooms.refresh())
    assert asyncio.run(rooms.kept("lobby")) == []


def test_only_the_last_messages_are_kept(settings: Settings) -> None:
    async def say() -> list[Said]:
        # {% if auth != 'none' %}
        sender = Member(user="ada")
        # {% else %}
        sender = Member()
        # {% endif %}
        for number in range(5):
            said = Said(sender=sender, text=str(number))
            await rooms.publish(Delivery(room="lobby", message=said))
        return await rooms.kept("lobby")

    changed = settings.model_copy(update={"realtime_events_kept": 3})
    rooms = Broker(changed, lambda _: None)
    assert [said.text for said in asyncio.run(say())] == ["2", "3", "4"]
