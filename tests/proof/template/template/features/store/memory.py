"""Keeps names in memory."""

NAMES: list[str] = []


def keep(name: str) -> str:
    """Keep a name."""
    NAMES.append(name)
    return name
