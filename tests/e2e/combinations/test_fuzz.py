"""Requests made from the OpenAPI document find answers that it does not name."""

import shutil
import subprocess
from pathlib import Path

import pytest

import trellis.proof.suites
from tests.services import ENVIRONMENT

pytestmark = pytest.mark.combinations

FUZZ = Path(trellis.proof.suites.__file__).with_name("fuzz_test.py")
APPLICATION = """
import pytest
from fastapi import FastAPI, Response
from fastapi.testclient import TestClient

app_of_the_test = FastAPI()


@app_of_the_test.get("/things/{number}")
def thing(number: int, name: str = "") -> dict[str, int]:
    ANSWER


@pytest.fixture
def app() -> FastAPI:
    return app_of_the_test


@pytest.fixture
def running_client(app: FastAPI) -> TestClient:
    return TestClient(app, raise_server_exceptions=False)


@pytest.fixture
def client(running_client: TestClient) -> TestClient:
    return running_client
"""


@pytest.mark.parametrize(
    ("answer", "problem"),
    [
        ("return {'number': number}", None),
        ("return {'number': 1 // (number % 2)}", "Server error"),
        ("return Response('{}', 418, media_type='application/json')", "Undocumented status code"),
        ("return Response('1', media_type='text/html')", "Undocumented Content-Type"),
        ("return Response('[]', media_type='application/json')", "violates schema"),
    ],
)
def test_answer_that_the_document_does_not_name_is_found(
    tmp_path: Path, answer: str, problem: str | None
) -> None:
    (tmp_path / "conftest.py").write_text(APPLICATION.replace("ANSWER", answer))
    shutil.copy(FUZZ, tmp_path)
    needed = [f"--with={name}" for name in ("fastapi", "httpx2", "pytest", "schemathesis")]
    command = ["uv", "run", "--no-project", *needed, "pytest", "--show-capture=no", FUZZ.name]
    done = subprocess.run(command, cwd=tmp_path, env=ENVIRONMENT, capture_output=True, text=True, check=False)
    assert done.returncode == (1 if problem else 0), done.stdout
    assert (problem or "passed") in done.stdout
