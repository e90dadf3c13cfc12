"""Whatever a client sends, the service answers, and never with an error of its own."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

HEADERS = (
    "Accept",
    "Accept-Encoding",
    "Authorization",
    "Content-Type",
    "Cookie",
    "Forwarded",
    "Host",
    "Idempotency-Key",
    "If-Modified-Since",
    "If-None-Match",
    "Last-Event-ID",
    "Origin",
    "Range",
    "Referer",
    "Sec-Fetch-Site",
    "X-API-Key",
    "X-CSRF-Token",
    "X-Forwarded-For",
    "X-Forwarded-Host",
    "X-Forwarded-Proto",
    "X-Request-ID",
)
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


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("value", VALUES.values(), ids=VALUES)
def test_nasty_header_is_no_fault_of_the_service(
    client: TestClient, value: bytes, method: str
) -> None:
    for name in HEADERS:
        headers = {name.encode(): value}
        response = client.request(method, "/api/v1/items", headers=headers, content=b"{}")
        assert response.status_code < 500, name


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
    fields = list(text_fields(app))
    assert fields
    for method, path, name in fields:
        body = f'{{"name": "Chair", "price": "1", {json.dumps(name)}: {text}}}'
        address = path.replace("{item_id}", "11111111-1111-4111-8111-111111111111")
        response = client.request(
            method, address, content=body, headers={"Content-Type": "application/json"}
        )
        assert response.status_code < 500, (method, path, name)
