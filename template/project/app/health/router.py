"""Health checks: is the process alive, and can it serve requests?"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, HTTPException, Request
from pydantic import BaseModel

from app.config import Settings
from app.dependencies import SettingsDep

logger = logging.getLogger(__name__)

router = APIRouter(prefix="/health", tags=["health"])

ReadinessCheck = Callable[[], Awaitable[object]]
ReadinessChecks = dict[str, ReadinessCheck]


class Health(BaseModel):
    """The answer of a healthy service."""

    status: Literal["ok"] = "ok"
    checked: list[str] = []


async def get_readiness_checks(request: Request) -> ReadinessChecks:
    checks: ReadinessChecks = request.state.readiness_checks
    return checks


@router.get("/live")
async def live() -> Health:
    """Answer while the process lives."""
    return Health()


@router.get("/ready")
async def ready(
    checks: Annotated[ReadinessChecks, Depends(get_readiness_checks)], settings: SettingsDep
) -> Health:
    """Check all back ends at once. Answer 503 if some are down, or if the service is stopping."""
    if settings.drain_file and settings.drain_file.exists():
        raise HTTPException(503, "Not ready: the service is stopping.")
    answers = await asyncio.gather(
        *(is_up(name, check, settings) for name, check in checks.items())
    )
    if down := [name for name, up in zip(checks, answers, strict=True) if not up]:
        raise HTTPException(503, f"Not ready: {', '.join(down)}.")
    return Health(checked=list(checks))


async def is_up(name: str, check: ReadinessCheck, settings: Settings) -> bool:
    try:
        async with asyncio.timeout(settings.readiness_timeout):
            await check()
    except Exception:
        logger.warning("%s does not answer", name, exc_info=True)
        return False
    return True
