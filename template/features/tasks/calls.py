"""Read the call of a job: its name from the path, its arguments from the body."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import Body, Depends, HTTPException
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, JsonValue, ValidationError

from app.tasks.jobs import JOBS
from app.tasks.registry import Job


@dataclass(frozen=True)
class Call:
    """A job with valid arguments."""

    job: Job
    arguments: BaseModel


async def get_job(job: str) -> Job:
    if job not in JOBS:
        raise HTTPException(404, f"There is no such job. The jobs are {', '.join(JOBS)}.")
    return JOBS[job]


JobOr404 = Annotated[Job, Depends(get_job)]
Arguments = Annotated[dict[str, JsonValue], Body(default_factory=dict)]


async def get_call(job: JobOr404, arguments: Arguments) -> Call:
    try:
        return Call(job, job.arguments.model_validate(arguments))
    except ValidationError as error:
        wrong = [{**part, "loc": ("body", *part["loc"])} for part in error.errors()]
        raise RequestValidationError(wrong) from None


CallDep = Annotated[Call, Depends(get_call)]
