"""Whatever a client sends, the service answers, and never with an error of its own."""

import asyncio
import json
from collections.abc import Iterator
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from httpx2 import Request
from starlette.types import Message

HEADERS = {
    "GET": (
        "Accept",
        "Accept-Encoding",
        "Authorization",
        "Cookie",
        "Forwarded",
        "Host",
        "If-Modified-Since",
        "If-None-Match",
        "Last-Event-ID",
        "Range",
        "X-API-Key",
        "X-Forwarded-For",
        "X-Forwarded-Host",
        "X-Forwarded-Proto",
        "X-Request-ID",
    ),
    "POST": (
        "Content-Type",
        "Cookie",
        "Idempotency-Key",
        "Origin",
        "Referer",
        "Sec-Fetch-Site",
        "X-CSRF-Token",
        "X-Forwarded-Host",
    ),
}
VALUES = {
    "empty": b"",
    "not UTF-8": b"\xff\xfe\x80",
    "not ASCII": "é\u2028\U0001f600".encode(),
    "long": b"a" * 8_000,
    "brackets": b"http://[",
    "port": b"example.com:99999999999999999999",
    "number": b"9" * 400,
    "separators": b";;;,,,==;q=",
    "quotes": b'"\\"" \'%00%ff',
    "pairs": b"Bearer a b c, Basic =, a=b; __Host-session=; =x",
    "JSON": b'{"a": ["\\ud800"]}',
    "range": b"bytes=-1,0-,9-1,99999999999999999999-",
}
TEXTS = {
    "surrogate": r'"\ud800aaaaaaaaaaaa"',
    "NUL": r'"a\u0000b"',
    "line separators": '"a\u2028b\u0085c\\u000bd"',
    "right to left": '"\u202eexample.com"',
    "long": json.dumps("a" * 100_000),
    "deep": "[" * 5_000 + "]" * 5_000,
    "large integer": "9" * 5_000,
    "large float": "1e400",
    "not a number": "NaN",
    "negative zero": "-0.0",
    "null": "null",
    "object": '{"$ne": null, "__proto__": {}}',
}


def faults(app: FastAPI, client: TestClient, requests: list[Request]) -> list[Request]:
    """Return the requests that the service answers with an error of its own.

    They go into the application on its event loop: a client takes more time than the service.
    """

    async def send_all() -> list[Request]:
        state = client.app_state
        return [request for request in requests if await status(app, request, state) >= 500]

    assert client.portal
    return client.portal.call(send_all)


async def status(app: FastAPI, request: Request, state: dict[str, Any]) -> int:
    body = iter([{"type": "http.request", "body": request.content}])
    statuses = []

    async def receive() -> Message:
        return next(body, None) or await asyncio.Future()

    async def send(message: Message) -> None:
        if message["type"] == "http.response.start":
            statuses.append(message["status"])

    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": request.method,
        "scheme": request.url.scheme,
        "path": request.url.path,
        "raw_path": request.url.raw_path,
        "root_path": "",
        "query_string": b"",
        "headers": [(name.lower(), value) for name, value in request.headers.raw],
        "client": ("127.0.0.1", 123),
        "server": (request.url.host, request.url.port),
        "state": state.copy(),
    }
    await app(scope, receive, send)
    return statuses[0]


@pytest.mark.parametrize("value", VALUES.values(), ids=VALUES)
def test_nasty_header_is_no_fault_of_the_service(
    app: FastAPI, client: TestClient, value: bytes
) -> None:
    requests = [
        client.build_request(method, "/api/v1/items", headers={name.encode(): value}, content="{}")
        for method, names in HEADERS.items()
        for name in names
    ]
    assert faults(app, client, requests) == []


def text_fields(app: FastAPI) -> Iterator[tuple[str, str, str]]:
    """Yield method, path and name of each field of a JSON body."""
    document = app.openapi()
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            content = operation.get("requestBody", {}).get("content", {})
            for name in properties(document, content.get("application/json", {}).get("schema", {})):
                yield method.upper(), path, name


def properties(document: dict[str, Any], schema: dict[str, Any]) -> list[str]:
    name = schema.get("$ref", "").rpartition("/")[2]
    return list(document["components"]["schemas"].get(name, schema).get("properties", {}))


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
def test_nasty_text_is_no_fault_of_the_service(app: FastAPI, client: TestClient, text: str) -> None:
    requests = [
        client.build_request(
            method,
            path.replace("{item_id}", "11111111-1111-4111-8111-111111111111"),
            headers={"Content-Type": "application/json"},
            content=f'{{ "{{" }}"name": "Chair", "price": "1", {json.dumps(name)}: {text}}}',
        )
        for method, path, name in text_fields(app)
    ]
    assert requests
    assert faults(app, client, requests) == []
