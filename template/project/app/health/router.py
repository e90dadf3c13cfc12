"""Whether the service lives, and whether it can serve."""

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

ReadinessCheck = Callable[[], Awaitable[None]]
ReadinessChecks = dict[str, ReadinessCheck]


class Health(BaseModel):
    """That all is well."""

    status: Literal["ok"] = "ok"
    checked: list[str] = []


async def get_readiness_checks(request: Request) -> ReadinessChecks:
    checks: ReadinessChecks = request.state.readiness_checks
    return checks


@router.get("/live")
async def live() -> Health:
    """Answer as long as the process does."""
    return Health()


@router.get("/ready")
async def ready(
    checks: Annotated[ReadinessChecks, Depends(get_readiness_checks)], settings: SettingsDep
) -> Health:
    """Ask each back end, all at once; answer 503 with those that are down, and when it ends."""
    if is_draining(settings):
        raise HTTPException(503, "Not ready: the service is about to end.")
    answers = await asyncio.gather(
        *(is_up(name, check, settings) for name, check in checks.items())
    )
    if down := [name for name, up in zip(checks, answers, strict=True) if not up]:
        raise HTTPException(503, f"Not ready: {', '.join(down)}.")
    return Health(checked=list(checks))


def is_draining(settings: Settings) -> bool:
    return settings.drain_file is not None and settings.drain_file.exists()


async def is_up(name: str, check: ReadinessCheck, settings: Settings) -> bool:
    try:
        async with asyncio.timeout(settings.readiness_timeout):
            await check()
    except Exception:
        logger.warning("%s does not answer", name, exc_info=True)
        return False
    return True
