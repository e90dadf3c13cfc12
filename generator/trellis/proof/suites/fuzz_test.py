"""Ask a service what its OpenAPI document allows and forbids; the proof adds this file to its tests.

Every answer is below 500, and has a status, a media type, headers and a content that the document names.
"""

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.openapi import from_dict
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

CHECKS = [
    not_a_server_error,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
]
EXAMPLES = settings(
    max_examples=10,
    database=None,
    deadline=None,
    derandomize=True,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)

Caller = Callable[[], dict[str, str]]


@pytest.fixture
def caller(request: pytest.FixtureRequest) -> Caller:
    """Return what returns the headers of a new administrator, or none where a service has no users."""
    try:
        new_user, login_as = map(request.getfixturevalue, ("new_user", "login_as"))
    except pytest.FixtureLookupError:
        return dict
    return lambda: login_as(new_user(f"{uuid4()}@example.com", role="admin"))


@pytest.mark.usefixtures("client")
def test_every_answer_is_in_the_document(
    app: FastAPI, running_client: TestClient, caller: Caller, subtests: pytest.Subtests
) -> None:
    """Ask each operation with valid and with invalid requests, as an administrator and as a stranger."""
    for found in from_dict(app.openapi()).get_all_operations():
        operation = found.ok()
        for mode in GenerationMode:

            @EXAMPLES
            @given(case=operation.as_strategy(generation_mode=mode))
            def ask(case: Any) -> None:
                check(case, running_client, caller())
                check(case, running_client, {})

            with subtests.test(operation.label, mode=mode.value):
                try:
                    ask()
                except Unsatisfiable:
                    assert mode == GenerationMode.NEGATIVE, "No request is valid."


def check(case: Any, client: TestClient, headers: dict[str, str]) -> None:
    """Send a request, and check the answer against the document. A stream is not read."""
    request = case.as_transport_kwargs(base_url="http://testserver", headers=headers)
    if not isinstance(request.get("data"), dict):
        request["content"] = request.pop("data", None)
    client.cookies.clear()
    with client.stream(**request) as response:
        if response.headers.get("content-type", "").startswith("text/event-stream"):
            return
        response.request.read()
        response.read()
    case.validate_response(response, checks=CHECKS)
