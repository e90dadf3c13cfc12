from collections.abc import Callable, Iterator

import pytest
from fastapi import FastAPI, Request, WebSocket
from fastapi.responses import StreamingResponse
from fastapi.testclient import TestClient
from starlette.websockets import WebSocketDisconnect

from app.config import Settings
from app.main import create_app

Service = Callable[..., TestClient]


@pytest.fixture
def service(settings: Settings) -> Service:
    """Return a function that starts the service with other settings, and gives a client of it."""

    def serve(host: str = "testserver", **changes: object) -> TestClient:
        app = create_app(settings.model_copy(update=changes))
        add_routes(app)
        return TestClient(app, base_url=f"http://{host}")

    return serve


def add_routes(app: FastAPI) -> None:
    @app.get("/long")
    def long() -> str:
        return "a" * 2000

    @app.post("/sum")
    async def sum_up(numbers: list[int]) -> int:
        return sum(numbers)

    @app.post("/length")
    async def length(request: Request) -> int:
        return len(await request.body())

    @app.get("/broken-stream")
    def broken_stream() -> StreamingResponse:
        def parts() -> Iterator[str]:
            yield "the first"
            raise RuntimeError("in the middle")

        return StreamingResponse(parts())

    @app.websocket("/echo")
    async def echo(websocket: WebSocket) -> None:
        await websocket.accept()
        await websocket.send_text(await websocket.receive_text())
        await websocket.close()


def test_request_id_is_made_where_none_is_sent(client: TestClient) -> None:
    first, second = (client.get("/health/live").headers["x-request-id"] for _ in range(2))
    assert len(first) == len(second) == 32
    assert first != second


def test_sane_request_id_is_taken_over(client: TestClient) -> None:
    response = client.get("/nowhere", headers={"X-Request-ID": "Order_7.a-1"})
    assert response.headers["x-request-id"] == "Order_7.a-1"


@pytest.mark.parametrize("request_id", ["", "a" * 129, "a b", '{"level":"x"}', "a\x1b[31m", "é"])
def test_other_request_id_is_replaced(client: TestClient, request_id: str) -> None:
    response = client.get("/health/live", headers={b"X-Request-ID": request_id.encode()})
    assert len(response.headers["x-request-id"]) == 32


@pytest.mark.parametrize("path", ["/health/live", "/nowhere"])
def test_every_response_has_time_and_security_headers(client: TestClient, path: str) -> None:
    headers = client.get(path).headers
    assert 0 < float(headers["x-process-time"]) < 5
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["x-frame-options"] == "DENY"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["content-security-policy"] == "default-src 'none'; frame-ancestors 'none'"


def test_documentation_page_has_a_content_security_policy_of_its_own(client: TestClient) -> None:
    policies = client.get("/docs").headers.get_list("content-security-policy")
    assert len(policies) == 1
    assert "script-src 'self' 'unsafe-inline'" in policies[0]


@pytest.mark.parametrize("host", ["example.com", "EXAMPLE.com:8000", "a.b.example.org"])
def test_trusted_host_is_served(service: Service, host: str) -> None:
    client = service(host, trusted_hosts=["example.com", "*.example.org"])
    assert client.get("/health/live").status_code == 200


@pytest.mark.parametrize(
    "host", ["evil.com", "example.org", "example.com.evil.com", "evilexample.org"]
)
def test_other_host_is_refused(service: Service, host: str) -> None:
    response = service(host, trusted_hosts=["example.com", "*.example.org"]).get("/health/live")
    assert response.status_code == 400
    assert response.headers["content-type"] == "application/problem+json"
    assert "x-request-id" in response.headers


def test_origin_allowed_may_read(service: Service) -> None:
    client = service(cors_origins=["https://example.com"])
    response = client.get("/health/live", headers={"Origin": "https://example.com"})
    assert response.headers["access-control-allow-origin"] == "https://example.com"
    preflight = client.options(
        "/length",
        headers={"Origin": "https://example.com", "Access-Control-Request-Method": "PUT"},
    )
    assert preflight.status_code == 200
    assert "PUT" in preflight.headers["access-control-allow-methods"]


def test_other_origin_may_not_read(service: Service) -> None:
    for client in (service(), service(cors_origins=["https://example.com"])):
        response = client.get("/health/live", headers={"Origin": "https://evil.com"})
        assert "access-control-allow-origin" not in response.headers


def test_long_response_is_compressed_for_those_who_accept_it(service: Service) -> None:
    client = service()
    compressed = client.get("/long", headers={"Accept-Encoding": "gzip"})
    assert compressed.headers["content-encoding"] == "gzip"
    assert "Accept-Encoding" in compressed.headers["vary"]
    plain = client.get("/long", headers={"Accept-Encoding": "identity"})
    assert "content-encoding" not in plain.headers
    assert compressed.json() == plain.json() == "a" * 2000


def test_compression_can_be_switched_off(service: Service) -> None:
    response = service(gzip_minimum_size=0).get("/long", headers={"Accept-Encoding": "gzip"})
    assert "content-encoding" not in response.headers


def test_body_up_to_the_limit_is_taken(service: Service) -> None:
    assert service(max_body_size=10).post("/length", content=b"a" * 10).json() == 10


def test_body_announced_too_large_is_refused(service: Service) -> None:
    response = service(max_body_size=10).post("/length", content=b"a" * 11)
    assert response.status_code == 413
    assert response.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize("path", ["/length", "/sum"])
def test_body_too_large_is_refused_though_its_size_is_not_announced(
    service: Service, path: str
) -> None:
    parts = (b"a" * 6 for _ in range(2))
    response = service(max_body_size=10).post(
        path, content=parts, headers={"Content-Type": "application/json"}
    )
    assert response.status_code == 413
    assert response.headers["content-type"] == "application/problem+json"


def test_limit_of_the_body_can_be_switched_off(service: Service) -> None:
    assert service(max_body_size=0).post("/length", content=b"a" * 2_000_000).json() == 2_000_000


def test_error_in_the_middle_of_a_response_breaks_it_off(service: Service) -> None:
    with pytest.raises(RuntimeError, match="in the middle"):
        service().get("/broken-stream")


def test_websocket_passes(service: Service) -> None:
    client = service("example.com", trusted_hosts=["example.com"])
    with client.websocket_connect("ws://example.com/echo") as websocket:
        websocket.send_text("hello")
        assert websocket.receive_text() == "hello"


def test_websocket_to_another_host_is_refused(service: Service) -> None:
    client = service("evil.com", trusted_hosts=["example.com"])
    with pytest.raises(WebSocketDisconnect), client.websocket_connect("ws://evil.com/echo"):
        pytest.fail("The connection was accepted.")
