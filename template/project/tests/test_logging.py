import json
import logging
from collections.abc import Iterator

import pytest

from app.config import Settings
from app.logging import configure_logging, request_id

logger = logging.getLogger("tests")


@pytest.fixture(autouse=True)
def restored(settings: Settings) -> Iterator[None]:
    yield
    request_id.set(None)
    configure_logging(settings)


@pytest.fixture
def production(settings: Settings) -> Settings:
    return settings.model_copy(update={"environment": "production"})


def test_production_logs_one_json_object_a_line(
    production: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    configure_logging(production)
    request_id.set("request-1")
    logger.info("%s came\nin", "Ada", extra={"door": 2})
    [line] = capsys.readouterr().err.splitlines()
    record = json.loads(line)
    assert record.pop("timestamp").endswith("Z")
    assert record == {
        "message": "Ada came\nin",
        "level": "info",
        "logger": "tests",
        "request_id": "request-1",
        "door": 2,
    }


@pytest.mark.parametrize(
    ("name", "record", "is_logged"),
    [
        ("uvicorn.access", '10.0.0.1:4 - "GET /health/live HTTP/1.1" 200', False),
        ("gunicorn.access", '10.0.0.1 - - [26] "HEAD /shop/health/ready?a HTTP/1.1" 200 9', False),
        ("hypercorn.access", '10.0.0.1:4 - - [26] "GET /health/ready 1.1" 503 9', True),
        ("uvicorn.access", '10.0.0.1:4 - "GET /api/v1/items?q=/health/live HTTP/1.1" 404', True),
        ("uvicorn.access", '10.0.0.1:4 - "POST /api/v1/items HTTP/1.1" 201', True),
        ("uvicorn.access", '10.0.0.1:4 - "GET /api/v1/items?q=/health/live HTTP/1.1" 200', True),
        ("granian.access", '10.0.0.1 "GET /api/v1/items?q=" /health/ready HTTP/1.1" 200', True),
        ("app.health", '"GET /health/live HTTP/1.1" 200', True),
    ],
)
def test_probe_is_logged_only_if_it_fails(
    production: Settings,
    capsys: pytest.CaptureFixture[str],
    name: str,
    record: str,
    *,
    is_logged: bool,
) -> None:
    configure_logging(production)
    logging.getLogger(name).info(record)
    assert bool(capsys.readouterr().err) is is_logged


def test_production_logs_a_traceback_in_the_same_line(
    production: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    configure_logging(production)
    try:
        int("one")
    except ValueError:
        logger.exception("Failed")
    [line] = capsys.readouterr().err.splitlines()
    assert "ValueError" in json.loads(line)["exception"]


def test_development_logs_readable_lines(
    settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    configure_logging(settings)
    logger.info("Ada came in")
    assert "Ada came in" in capsys.readouterr().err


def test_level_is_that_of_the_settings(
    settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    configure_logging(settings.model_copy(update={"log_level": "WARNING"}))
    logger.info("too fine")
    assert capsys.readouterr().err == ""


def test_logs_of_the_server_have_the_same_form(
    production: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    server = logging.getLogger("server")
    server.addHandler(logging.StreamHandler())
    server.propagate = False
    configure_logging(production)
    server.warning("Started", extra={"color_message": "Started in colour"})
    [line] = capsys.readouterr().err.splitlines()
    assert json.loads(line)["message"] == "Started"
    assert "color_message" not in line


def test_access_log_that_is_switched_off_stays_off(
    production: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    access = logging.getLogger("server.access")
    access.handlers.clear()
    monkeypatch.setattr(access, "propagate", False)
    configure_logging(production)
    assert not access.hasHandlers()
