"""Answer every error with a problem document (RFC 9457, `application/problem+json`)."""

import json
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from http.client import responses
from typing import Any
from urllib.parse import quote

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.routing import Match
from starlette.types import Scope

from app.schemas import error_message

MEDIA_TYPE = "application/problem+json"
MAX_ERRORS = 100
RETRY_AFTER = {"Retry-After": "5"}
"""Seconds, for 429 and 503 without a header of their own."""
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")


class InvalidPart(BaseModel):
    """An invalid part of the request."""

    location: str = Field(examples=["body"])
    pointer: str = Field(
        description="A JSON Pointer (RFC 6901) into that location.", examples=["#/tags/3"]
    )
    detail: str


class Problem(BaseModel):
    """A problem document (RFC 9457)."""

    type: str = "about:blank"
    title: str = Field(description="The name of the status code.")
    status: int
    detail: str = Field(description="What went wrong this time.")
    instance: str = Field(description="The path of the request.")
    errors: list[InvalidPart] | None = None


def problem_response(
    scope: Scope,
    status: int,
    detail: str,
    *,
    errors: list[InvalidPart] | None = None,
    headers: Mapping[str, str] | None = None,
) -> Response:
    problem = Problem(
        title=responses.get(status, "Error"),
        status=status,
        detail=detail,
        instance=quote(scope["path"]),
        errors=errors,
    )
    if status in {429, 503}:
        headers = RETRY_AFTER | dict(headers or {})
    body = json.dumps(problem.model_dump(exclude_none=True))
    return Response(body, status, headers, media_type=MEDIA_TYPE)


def install_error_handlers(app: FastAPI) -> None:
    """Answer errors with problem documents, and describe them in the OpenAPI document."""
    app.exception_handler(HTTPException)(on_http_exception)
    app.exception_handler(405)(on_method_not_allowed)
    app.exception_handler(RequestValidationError)(on_validation_error)
    app.exception_handler(UnicodeEncodeError)(on_unencodable_text)
    app.openapi = partial(describe_problems, app.openapi)  # type: ignore[method-assign]


async def on_http_exception(request: Request, error: HTTPException) -> Response:
    if error.status_code in {204, 304}:
        return Response(status_code=error.status_code, headers=error.headers)
    return problem_response(
        request.scope, error.status_code, str(error.detail), headers=error.headers
    )


async def on_method_not_allowed(request: Request, error: HTTPException) -> Response:
    """Name the methods of all routes at this path. Starlette names those of one.

    No route matches inside of a mount: static files can only be read.
    """
    allowed = ", ".join(method for method in METHODS if is_allowed(request, method)) or "GET"
    headers = {"Allow": allowed.replace("GET", "GET, HEAD")}
    return problem_response(request.scope, 405, str(error.detail), headers=headers)


def is_allowed(request: Request, method: str) -> bool:
    scope = {**request.scope, "method": method}
    return any(route.matches(scope)[0] == Match.FULL for route in request.app.router.routes)


async def on_validation_error(request: Request, error: RequestValidationError) -> Response:
    errors = [
        InvalidPart(
            location=str(location),
            pointer=json_pointer(path),
            detail=error_message(wrong),
        )
        for wrong in error.errors()[:MAX_ERRORS]
        for location, *path in [wrong["loc"]]
    ]
    return problem_response(request.scope, 422, "The request is not valid.", errors=errors)


async def on_unencodable_text(request: Request, error: UnicodeEncodeError) -> Response:
    """Refuse text with half of a surrogate pair. JSON can write it, UTF-8 cannot (RFC 8259, 8.2)."""
    if error.reason != "surrogates not allowed":
        raise error
    return problem_response(request.scope, 422, "The request has text that is not valid Unicode.")


def json_pointer(path: Sequence[str | int]) -> str:
    """Return the path as a JSON Pointer in its URI fragment form (RFC 6901)."""
    return "#" + "".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in path)


def describe_problems(generate: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """Declare a problem document as the default response in the OpenAPI document."""
    document = generate()
    problem = Problem.model_json_schema(ref_template="#/components/schemas/{model}")
    components = document.setdefault("components", {})
    schemas = components.setdefault("schemas", {})
    schemas.update(problem.pop("$defs"), Problem=problem)
    answer = {"schema": {"$ref": "#/components/schemas/Problem"}}
    components["responses"] = {
        "Problem": {"description": "What went wrong.", "content": {MEDIA_TYPE: answer}}
    }
    for name in ("HTTPValidationError", "ValidationError"):
        schemas.pop(name, None)
    for path in document["paths"].values():
        for operation in path.values():
            operation["responses"].pop("422", None)
            operation["responses"]["default"] = {"$ref": "#/components/responses/Problem"}
    return document
