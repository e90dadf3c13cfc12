"""Slow down password guessing."""

from datetime import datetime, timedelta
from hashlib import sha256
from ipaddress import IPv6Address, IPv6Network, ip_address

REMEMBERED = timedelta(minutes=15)
LONGEST = 900
ADDRESS_SHARE = 5
"""How many times the failures of an account an address may have: people share addresses."""


def account_key(email: str) -> str:
    return digest(f"account {email}")


def address_key(address: str) -> str:
    """Return the key of a client's address. A /64 network of IPv6 counts as one address."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return digest(f"address {address}")
    if isinstance(parsed, IPv6Address):
        return digest(f"address {IPv6Network((parsed, 64), strict=False)}")
    return digest(f"address {parsed}")


def digest(text: str) -> str:
    return sha256(text.encode()).hexdigest()


def seconds_left(failures: int, last: datetime | None, allowed: int, now: datetime) -> int:
    """Return the waiting time, which doubles with each failure beyond the allowed number."""
    if last is None or failures < allowed:
        return 0
    wait = min(2 ** (failures - allowed + 1), LONGEST)
    return max(0, wait - int((now - last).total_seconds()))
