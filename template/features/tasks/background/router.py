"""Start jobs that run after the response is sent."""

import logging
from typing import Any

from fastapi import APIRouter, BackgroundTasks
from pydantic import BaseModel

from app.tasks.context import TaskContext
from app.tasks.dependencies import ArgumentsDep, TaskContextDep
from app.tasks.jobs import JOBS

logger = logging.getLogger(__name__)

router = APIRouter(prefix="/tasks", tags=["tasks"])


class TaskAccepted(BaseModel):
    """A started job."""

    job: str


@router.post("/{job}", status_code=202)
async def start_task(
    context: TaskContextDep, job: str, arguments: ArgumentsDep, background_tasks: BackgroundTasks
) -> TaskAccepted:
    background_tasks.add_task(run, job, arguments, context)
    return TaskAccepted(job=job)


async def run(job: str, arguments: dict[str, Any], context: TaskContext) -> None:
    """Run the job. Log errors, because the response is already sent."""
    try:
        await JOBS[job](context, **arguments)
    except Exception:
        logger.exception("%s failed", job)
    else:
        logger.info("%s succeeded", job)
