"""How passwords are kept, and how often they may be guessed."""

from typing import Annotated

from pydantic import BaseModel, Field, PositiveInt

LEAST_HASHING_COST = 2 * 19_456
"""Passes over KiB of memory: what OWASP recommends for Argon2id at the least."""


class PasswordSettings(BaseModel):
    argon2_time_cost: Annotated[int, Field(ge=1)] = 3
    argon2_memory_cost: Annotated[int, Field(ge=32)] = 65_536
    login_failures_allowed: PositiveInt = 5
