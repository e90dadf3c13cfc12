"""Settings of password hashing, failed logins and registrations."""

from typing import Annotated

from pydantic import BaseModel, Field

from app.setting_types import Count

LEAST_HASHING_COST = 2 * 19_456
"""OWASP's minimum for Argon2id: passes times KiB of memory."""


class PasswordSettings(BaseModel):
    argon2_time_cost: Annotated[int, Field(ge=1, le=100)] = 3
    argon2_memory_cost: Annotated[int, Field(ge=32, le=2_097_152)] = 65_536
    login_failures_allowed: Count = 5
    registrations_allowed: Count = 20
