"""Slow down password guessing and mass registration."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from hashlib import sha256
from ipaddress import IPv6Address, IPv6Network, ip_address
from typing import Annotated

from fastapi import Depends, HTTPException, Request

from app.auth.attempts import REMEMBERED, AttemptsDep
from app.dependencies import SettingsDep

LONGEST = 900
ADDRESS_SHARE = 5
"""How many times the failures of an account an address may have: people share addresses."""


class Throttle:
    """Refuses too many attempts. Each is stored before the check, so parallel ones count, too."""

    def __init__(self, request: Request, settings: SettingsDep, attempts: AttemptsDep) -> None:
        self.address = network(request.client.host) if request.client else ""
        self.failures_allowed = settings.login_failures_allowed
        self.registrations_allowed = settings.registrations_allowed
        self.attempts = attempts

    @asynccontextmanager
    async def guess(self, email: str) -> AsyncIterator[None]:
        """Count a failed guess of a password, unless the block succeeds."""
        account = digest(f"account {email}")
        limits = {
            account: self.failures_allowed,
            digest(f"address {self.address}"): self.failures_allowed * ADDRESS_SHARE,
        }
        made = await self.attempts.add(*limits)
        for key, allowed in limits.items():
            failures, age = await self.attempts.others(key, made)
            if seconds := seconds_left(failures, age, allowed):
                await self.attempts.withdraw(made)
                raise too_many("Too many failed logins. Try again later.", seconds)
        yield
        await self.attempts.forget(account, made)

    async def register(self) -> None:
        """Count a registration from this address."""
        key = digest(f"registration {self.address}")
        made = await self.attempts.add(key)
        earlier, _ = await self.attempts.others(key, made)
        if earlier >= self.registrations_allowed:
            await self.attempts.withdraw(made)
            raise too_many("Too many registrations. Try again later.", REMEMBERED.seconds)


def network(address: str) -> str:
    """Return what counts as one client: an address, or for IPv6 its /64 network."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return address
    is_long = isinstance(parsed, IPv6Address)
    return str(IPv6Network((parsed, 64), strict=False) if is_long else parsed)


def digest(text: str) -> str:
    return sha256(text.encode()).hexdigest()


def seconds_left(failures: int, age: timedelta, allowed: int) -> int:
    """Return the waiting time, which doubles with each failure beyond the allowed number.

    Args:
        failures: the number of failures that count.
        age: the time since the last one.
        allowed: how many need no waiting.

    """
    if failures < allowed:
        return 0
    wait = min(2 ** (failures - allowed + 1), LONGEST)
    return max(0, wait - int(age.total_seconds()))


def too_many(reason: str, seconds: int) -> HTTPException:
    return HTTPException(429, reason, headers={"Retry-After": str(seconds)})


ThrottleDep = Annotated[Throttle, Depends()]
