"""Start jobs and show the state of their tasks."""

from fastapi import APIRouter, Request, Response

from app.tasks.dependencies import IdempotencyKey, NewTask, TaskOr404, TasksDep
from app.tasks.jobs import JOBS
from app.tasks.schemas import TaskPublic

router = APIRouter(prefix="/tasks", tags=["tasks"])


@router.post("/{job}", status_code=202)
async def start_task(
    task: NewTask,
    tasks: TasksDep,
    request: Request,
    response: Response,
    idempotency_key: IdempotencyKey = None,
) -> TaskPublic:
    """Start a job. The address in `Location` shows its state.

    A second call with the same `Idempotency-Key` and arguments starts no second task.
    """
    started = await tasks.start(task, JOBS[task.job], idempotency_key)
    response.headers["Location"] = f"{request.url.path.rpartition('/')[0]}/{started.id}"
    return started


@router.get("/{task_id}")
async def read_task(task: TaskOr404) -> TaskPublic:
    return task
