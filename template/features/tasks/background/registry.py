"""Define jobs: a function and its arguments."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from inspect import signature
from typing import Any, get_type_hints

from pydantic import BaseModel, ConfigDict, create_model

Function = Callable[..., Any]


@dataclass(frozen=True)
class Job:
    """A function that runs in the background. Its first parameter is the context."""

    function: Function

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


def by_name(*jobs: Job) -> dict[str, Job]:
    return {job.name: job for job in jobs}
