"""Whatever a client sends, the service answers, and never with an error of its own."""

import json
from collections.abc import Iterable, Iterator
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from httpx2 import ASGITransport, AsyncClient
from starlette.types import Receive, Scope, Send

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


Request = tuple[str, str, dict[str, bytes], str]


def faults(app: FastAPI, client: TestClient, requests: Iterable[Request]) -> list[Request]:
    """Return the requests that the service answers with an error of its own.

    They are all sent on the event loop of the service, which is much faster than one by one.
    """

    async def with_state(scope: Scope, receive: Receive, send: Send) -> None:
        await app({**scope, "state": client.app_state.copy()}, receive, send)

    async def send_all() -> list[Request]:
        transport = ASGITransport(with_state)
        async with AsyncClient(
            transport=transport,
            base_url=client.base_url,
            headers=client.headers,
            cookies=client.cookies,
        ) as caller:
            return [request for request in requests if await status(caller, *request) >= 500]

    assert client.portal
    return client.portal.call(send_all)


async def status(
    caller: AsyncClient, method: str, path: str, headers: dict[str, bytes], body: str
) -> int:
    given = {name.encode(): value for name, value in headers.items()}
    response = await caller.request(method, path, headers=given, content=body)
    return response.status_code


@pytest.mark.parametrize("value", VALUES.values(), ids=VALUES)
def test_nasty_header_is_no_fault_of_the_service(
    app: FastAPI, client: TestClient, value: bytes
) -> None:
    requests = [
        (method, "/api/v1/items", {name: value}, "{}")
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
        (
            method,
            path.replace("{item_id}", "11111111-1111-4111-8111-111111111111"),
            {"Content-Type": b"application/json"},
            f'{{"name": "Chair", "price": "1", {json.dumps(name)}: {text}}}',
        )
        for method, path, name in text_fields(app)
    ]
    assert requests
    assert faults(app, client, requests) == []
