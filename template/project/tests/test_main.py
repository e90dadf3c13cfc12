import tomllib
from pathlib import Path
from re import findall

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from app import __version__
from app.config import Settings
from app.main import create_app


def test_version_is_that_of_the_project() -> None:
    project = tomllib.loads(Path("pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert project["version"] == __version__


@pytest.mark.parametrize("path", ["/docs", "/redoc"])
def test_documentation_page_needs_no_other_host(client: TestClient, path: str) -> None:
    page = client.get(path)
    assert page.status_code == 200
    places = findall(r"""(?:src|href)=["']([^"']+)""", page.text)
    assert places
    for place in places:
        assert client.get(place).status_code == 200, place


def test_documentation_is_served_under_a_root_path(app: FastAPI) -> None:
    client = TestClient(app, root_path="/behind")
    assert "url: '/behind/openapi.json'" in client.get("/behind/docs").text


@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize("root_path", ["", "/behind"])
def test_root_leads_to_the_documentation_in_development(
    app: FastAPI, method: str, root_path: str
) -> None:
    client = TestClient(app, root_path=root_path, follow_redirects=False)
    response = client.request(method, f"{root_path}/")
    assert (response.status_code, response.headers["location"]) == (307, f"{root_path}/docs")


@pytest.mark.parametrize("changes", [{"environment": "production"}, {"docs_enabled": False}])
def test_root_is_not_found_in_production(settings: Settings, changes: dict[str, object]) -> None:
    client = TestClient(create_app(settings.model_copy(update=changes)))
    assert client.get("/").status_code == 404


def test_root_is_not_in_the_openapi_document(app: FastAPI) -> None:
    assert "/" not in app.openapi()["paths"]


def test_documentation_can_be_switched_off(settings: Settings) -> None:
    client = TestClient(create_app(settings.model_copy(update={"docs_enabled": False})))
    for path in ("/docs", "/redoc", "/openapi.json", "/docs/assets/swagger-ui.css"):
        assert client.get(path).status_code == 404


def test_openapi_document_describes_every_error_as_a_problem(app: FastAPI) -> None:
    document = app.openapi()
    assert document == app.openapi()
    assert "HTTPValidationError" not in document["components"]["schemas"]
    for path in document["paths"].values():
        for operation in path.values():
            assert operation["responses"]["default"] == {"$ref": "#/components/responses/Problem"}
            assert "422" not in operation["responses"]
    problem = document["components"]["responses"]["Problem"]["content"]
    assert problem["application/problem+json"]["schema"]["$ref"] == "#/components/schemas/Problem"
