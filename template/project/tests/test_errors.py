import json
import logging

import pytest
from fastapi import HTTPException
from fastapi.testclient import TestClient
from pydantic import BaseModel, ConfigDict

from app.config import Settings
from app.main import create_app

PROBLEM = "application/problem+json"


class Part(BaseModel):
    model_config = ConfigDict(extra="forbid")

    name: str
    tags: list[int] = []
    encoding: str = "utf-8"


@pytest.fixture(scope="module")
def failing_client(settings: Settings, running_client: TestClient) -> TestClient:
    """Return a client of a service whose routes fail."""
    app = create_app(settings)

    @app.post("/parts")
    def parts(part: Part) -> None: ...

    @app.post("/encoded")
    def encode(part: Part) -> None:
        part.name.encode(part.encoding)

    @app.get("/teapot")
    def teapot() -> None:
        raise HTTPException(418, "No coffee here.", headers={"Retry-After": "60"})

    @app.get("/unchanged")
    def unchanged() -> None:
        raise HTTPException(304, headers={"ETag": '"1"'})

    @app.get("/unassigned")
    def unassigned() -> None:
        raise HTTPException(499, {"reason": "left"})

    @app.get("/bug")
    def bug() -> None:
        raise RuntimeError("a secret of the service")

    client = TestClient(app)
    client.portal = running_client.portal
    return client


def test_unknown_route_is_a_problem(client: TestClient) -> None:
    response = client.get("/no/such route")
    assert response.status_code == 404
    assert response.headers["content-type"] == PROBLEM
    assert response.json() == {
        "type": "about:blank",
        "title": "Not Found",
        "status": 404,
        "detail": "Not Found",
        "instance": "/no/such%20route",
    }


def test_unknown_method_is_a_problem_that_names_the_allowed_ones(client: TestClient) -> None:
    response = client.post("/health/live")
    assert (response.status_code, response.headers["content-type"]) == (405, PROBLEM)
    assert response.headers["allow"] == "GET, HEAD"


def test_text_that_is_not_unicode_is_refused(failing_client: TestClient) -> None:
    headers = {"Content-Type": "application/json"}
    body = json.dumps({"name": "\ud800"})
    response = failing_client.post("/encoded", content=body, headers=headers)
    assert (response.status_code, response.headers["content-type"]) == (422, PROBLEM)


def test_text_that_does_not_fit_is_an_error_of_the_service(failing_client: TestClient) -> None:
    response = failing_client.post("/encoded", json={"name": "č", "encoding": "latin-1"})
    assert (response.status_code, response.headers["content-type"]) == (500, PROBLEM)


def test_refusal_of_a_handler_keeps_its_detail_and_headers(failing_client: TestClient) -> None:
    response = failing_client.get("/teapot")
    assert (response.status_code, response.headers["content-type"]) == (418, PROBLEM)
    assert response.json()["detail"] == "No coffee here."
    assert response.headers["retry-after"] == "60"


def test_status_that_allows_no_body_has_none(failing_client: TestClient) -> None:
    response = failing_client.get("/unchanged")
    assert (response.status_code, response.content) == (304, b"")
    assert response.headers["etag"] == '"1"'


def test_status_without_a_phrase_is_a_problem_too(failing_client: TestClient) -> None:
    problem = failing_client.get("/unassigned").json()
    assert (problem["title"], problem["status"]) == ("Error", 499)


def test_validation_names_the_place_of_each_error(failing_client: TestClient) -> None:
    response = failing_client.post("/parts", json={"tags": [1, "a"], "a/b~c": 1})
    assert (response.status_code, response.headers["content-type"]) == (422, PROBLEM)
    places = {(error["location"], error["pointer"]) for error in response.json()["errors"]}
    assert places == {("body", "#/name"), ("body", "#/tags/1"), ("body", "#/a~1b~0c")}


def test_validation_does_not_grow_with_the_number_of_errors(failing_client: TestClient) -> None:
    response = failing_client.post("/parts", json={f"unknown{n}": n for n in range(1000)})
    assert len(response.json()["errors"]) == 100


@pytest.mark.parametrize("body", [b"{", b"[" * 100_000, b'{"name": "\xff"}', b"\x00"])
def test_body_that_is_no_json_is_the_clients_error(failing_client: TestClient, body: bytes) -> None:
    response = failing_client.post(
        "/parts", content=body, headers={"Content-Type": "application/json"}
    )
    assert response.status_code in {400, 422}
    assert response.headers["content-type"] == PROBLEM


def test_unhandled_error_is_logged_with_its_traceback_and_tells_the_client_nothing(
    failing_client: TestClient, caplog: pytest.LogCaptureFixture
) -> None:
    response = failing_client.get("/bug", headers={"X-Request-ID": "bug-1"})
    assert (response.status_code, response.headers["content-type"]) == (500, PROBLEM)
    assert response.headers["x-request-id"] == "bug-1"
    assert "secret" not in response.text
    [record] = [record for record in caplog.records if record.levelno == logging.ERROR]
    assert record.exc_info
    assert str(record.exc_info[1]) == "a secret of the service"


def test_debug_shows_the_traceback(settings: Settings) -> None:
    app = create_app(settings.model_copy(update={"debug": True}))

    @app.get("/bug")
    def bug() -> None:
        raise RuntimeError("a secret of the service")

    assert "a secret of the service" in TestClient(app).get("/bug").json()["detail"]
