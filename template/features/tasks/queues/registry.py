"""Define jobs: a function, its arguments, its attempts and its time limit."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property
from inspect import signature
from random import uniform
from typing import Any, get_type_hints

from pydantic import BaseModel, ConfigDict, create_model

Function = Callable[..., Any]

LONGEST_DELAY = 600


@dataclass(frozen=True)
class Job:
    """A function that a worker runs. Its first parameter is the context."""

    function: Function
    attempts: int
    time_limit: float
    every: timedelta | None = None

    @property
    def name(self) -> str:
        return self.function.__name__

    @cached_property
    def arguments(self) -> type[BaseModel]:
        """The model of the other parameters."""
        hints = get_type_hints(self.function, include_extras=True)
        _, *parameters = signature(self.function).parameters.values()
        fields: dict[str, Any] = {
            parameter.name: (
                hints[parameter.name],
                ... if parameter.default is parameter.empty else parameter.default,
            )
            for parameter in parameters
        }
        return create_model(self.name, __config__=ConfigDict(extra="forbid"), **fields)


class JobError(Exception):
    """A failure whose text the client may see. The job is not repeated."""


def by_name(*jobs: Job) -> dict[str, Job]:
    return {job.name: job for job in jobs}


def delay_after(attempt: int) -> float:
    """Return the seconds until the next attempt: doubled each time, give or take a half."""
    return min(2**attempt, LONGEST_DELAY) * uniform(0.5, 1.5)  # noqa: S311 -- no secret
