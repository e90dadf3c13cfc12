import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from ipaddress import ip_network

import pytest
from fastapi import APIRouter, FastAPI, HTTPException, Request, WebSocket
from fastapi.responses import StreamingResponse
from fastapi.testclient import TestClient
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from starlette.websockets import WebSocketDisconnect

from app.config import Settings
from app.main import create_app

Service = Callable[..., TestClient]
router = APIRouter()


@pytest.fixture(scope="module")
def service(settings: Settings, running_client: TestClient) -> Service:
    """Return a function that creates a client of the service with other settings.

    It uses the event loop of `running_client`. The routes of the tests come first, so that FastAPI
    does not prepare all others for a request.
    """
    apps: dict[str, FastAPI] = {}

    def serve(host: str = "testserver", peer: str = "testclient", **changes: object) -> TestClient:
        name = repr(changes)
        if name not in apps:
            apps[name] = create_app(settings.model_copy(update=changes))
            apps[name].router.routes[:0] = router.routes
        client = TestClient(apps[name], base_url=f"http://{host}", client=(peer, 50000))
        client.portal = running_client.portal
        return client

    return serve


@router.get("/client")
def client(request: Request) -> list[str]:
    return [request.client.host if request.client else "", request.url.scheme]


@router.get("/long")
def long() -> str:
    return "a" * 2000


@router.get("/endless")
def endless() -> StreamingResponse:
    async def parts() -> AsyncIterator[str]:
        while True:
            yield "more"
            await asyncio.sleep(0)

    return StreamingResponse(parts())


@router.get("/shelf")
@router.put("/shelf")
def shelf() -> None:
    pass


@router.post("/sum")
async def sum_up(numbers: list[int]) -> int:
    return sum(numbers)


@router.post("/length")
async def length(request: Request, seconds: float = 0) -> int:
    body = await request.body()
    await asyncio.sleep(seconds)
    return len(body)


@router.get("/failing/{status}")
def fail(status: int, after: str | None = None) -> None:
    raise HTTPException(status, headers={"Retry-After": after} if after else None)


@router.get("/broken-stream")
def broken_stream() -> StreamingResponse:
    def parts() -> Iterator[str]:
        yield "the first"
        raise RuntimeError("in the middle")

    return StreamingResponse(parts())


@router.websocket("/scheme")
async def scheme(websocket: WebSocket) -> None:
    await websocket.accept()
    await websocket.send_text(websocket.url.scheme)
    await websocket.close()


@router.websocket("/echo")
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
    assert headers["cross-origin-opener-policy"] == "same-origin"
    assert headers["cross-origin-resource-policy"] == "same-origin"
    assert headers["content-security-policy"] == "default-src 'none'; frame-ancestors 'none'"


def test_hsts_is_sent_over_https_only(client: TestClient) -> None:
    assert "strict-transport-security" not in client.get("http://testserver/health/live").headers
    secure = client.get("https://testserver/health/live").headers
    assert secure["strict-transport-security"] == "max-age=63072000"


def test_hsts_can_be_switched_off(service: Service) -> None:
    headers = service(hsts_max_age=0).get("https://testserver/health/live").headers
    assert "strict-transport-security" not in headers
    headers = service(hsts_max_age=60).get("https://testserver/health/live").headers
    assert headers["strict-transport-security"] == "max-age=60"


@pytest.mark.parametrize("path", ["/health/live", "/docs", "/openapi.json", "/long"])
def test_head_is_answered_like_get_without_a_body(service: Service, path: str) -> None:
    client = service()
    head, get = (client.request(method, path) for method in ("HEAD", "GET"))
    changing = {"x-request-id", "x-process-time"}
    assert head.status_code == get.status_code == 200
    assert head.content == b""
    assert {**head.headers, **dict.fromkeys(changing)} == {**get.headers, **dict.fromkeys(changing)}


def test_head_of_a_stream_ends(service: Service) -> None:
    response = service().head("/endless")
    assert (response.status_code, response.content) == (200, b"")


def test_head_where_nothing_can_be_read_is_not_allowed(service: Service) -> None:
    response = service().head("/sum")
    assert (response.status_code, response.headers["allow"]) == (405, "POST")


def test_method_not_allowed_names_all_that_are(service: Service) -> None:
    response = service().delete("/shelf")
    assert response.status_code == 405
    assert response.headers["allow"] == "GET, HEAD, PUT"
    assert service().put("/health/live").headers["allow"] == "GET, HEAD"
    assert service().options("/shelf").headers["allow"] == "GET, HEAD, PUT"


def test_static_files_allow_reading_only(client: TestClient) -> None:
    response = client.post("/docs/assets/swagger-ui.css")
    assert (response.status_code, response.headers["allow"]) == (405, "GET, HEAD")


def test_document_describes_no_head(client: TestClient) -> None:
    paths = client.get("/openapi.json").json()["paths"]
    assert not any("head" in operations for operations in paths.values())


def test_documentation_page_has_a_content_security_policy_of_its_own(client: TestClient) -> None:
    policies = client.get("/docs").headers.get_list("content-security-policy")
    assert len(policies) == 1
    assert "script-src 'self' 'unsafe-inline'" in policies[0]


@pytest.mark.parametrize("kind", ["http", "websocket"])
@pytest.mark.parametrize(
    ("version", "hosts"),
    [
        ("1.1", []),
        ("1.1", ["example.com", "evil.com"]),
        ("1.1", ["example.com"] * 2),
        ("1.0", ["example.com", "evil.com"]),
        ("2.0", ["example.com", "evil.com"]),
    ],
)
def test_request_must_name_one_host(
    app: FastAPI, kind: str, version: str, hosts: list[str]
) -> None:
    sent: list[Message] = []

    async def receive() -> Message:
        return {"type": "http.request"}

    async def send(message: Message) -> None:
        sent.append(message)

    headers = [(b"host", host.encode()) for host in hosts] + [(b"accept", b"a"), (b"accept", b"b")]
    scope = {"type": kind, "http_version": version, "method": "GET", "path": "/health/live"}
    rest = {"headers": headers, "scheme": "http", "client": None, "query_string": b""}
    asyncio.run(app(scope | rest, receive, send))
    assert sent[0]["status"] == 400
    assert dict(sent[0]["headers"])[b"content-type"] == b"application/problem+json"


@pytest.mark.parametrize("host", ["example.com", "EXAMPLE.com:8000", "a.b.example.org"])
def test_trusted_host_is_served(service: Service, host: str) -> None:
    client = service(host, trusted_hosts=["example.com", "*.example.org"])
    assert client.get("/long").status_code == 200


@pytest.mark.parametrize(
    "host", ["evil.com", "example.org", "example.com.evil.com", "evilexample.org"]
)
def test_other_host_is_refused(service: Service, host: str) -> None:
    client = service(host, trusted_hosts=["example.com", "*.example.org"])
    response = client.get("/long")
    assert response.status_code == 400
    assert response.headers["content-type"] == "application/problem+json"
    assert "x-request-id" in response.headers
    assert client.get("/long", headers={"Host": "evil.com/.example.org"}).status_code == 400
    assert client.get("/health/live").status_code == 200


@pytest.mark.parametrize(
    ("forwarded_for", "client"),
    [
        ("203.0.113.7", "203.0.113.7"),
        ("198.51.100.1, 203.0.113.7, 10.0.0.9", "203.0.113.7"),
        ("2001:db8::7", "2001:db8::7"),
        ("10.0.0.8, 10.0.0.9", "10.0.0.8"),
        ("203.0.113.7:51234", "203.0.113.7"),
        ("[2001:db8::1]:443", "2001:db8::1"),
        ("[2001:db8::1]", "2001:db8::1"),
        ("2001:DB8:0::7%eth0", "2001:db8::7"),
        ("::ffff:203.0.113.7", "203.0.113.7"),
        ("[::ffff:203.0.113.7]:51234 , ::ffff:10.0.0.9", "203.0.113.7"),
        ("203.0.113.7, unknown", "10.0.0.5"),
        ("203.0.113.7, [", "10.0.0.5"),
        ("203.0.113.7, 999.0.0.1:1", "10.0.0.5"),
        ("203.0.113.7, \xe4", "10.0.0.5"),
        ("", "10.0.0.5"),
    ],
)
def test_trusted_proxy_names_the_client(service: Service, forwarded_for: str, client: str) -> None:
    proxied = service(peer="10.0.0.5", trusted_proxies=[ip_network("10.0.0.0/8")])
    headers = {b"X-Forwarded-For": forwarded_for.encode("latin-1"), b"X-Forwarded-Proto": b"https"}
    assert proxied.get("/client", headers=headers).json() == [client, "https"]


@pytest.mark.parametrize(
    ("peer", "client"),
    [
        ("::ffff:203.0.113.7", "203.0.113.7"),
        ("2001:DB8:0::7", "2001:db8::7"),
        ("fe80::1%eth0", "fe80::1"),
    ],
)
def test_address_is_canonical(service: Service, peer: str, client: str) -> None:
    assert service(peer=peer).get("/client").json()[0] == client


def test_proxy_in_another_form_is_trusted(service: Service) -> None:
    proxied = service(peer="::ffff:10.0.0.5", trusted_proxies=[ip_network("10.0.0.0/8")])
    headers = {"X-Forwarded-For": "203.0.113.7"}
    assert proxied.get("/client", headers=headers).json()[0] == "203.0.113.7"


def test_host_is_the_one_that_a_trusted_proxy_was_asked_for(service: Service) -> None:
    settings = {"trusted_proxies": [ip_network("10.0.0.5")], "trusted_hosts": ["example.com"]}
    headers = {"X-Forwarded-Host": "example.com:8443, inside", "Host": "inside"}
    assert service(peer="10.0.0.5", **settings).get("/long", headers=headers).status_code == 200
    assert service(peer="10.0.0.6", **settings).get("/long", headers=headers).status_code == 400


@pytest.mark.parametrize(
    ("peer", "proxies"),
    [("203.0.113.9", [ip_network("10.0.0.0/8")]), ("10.0.0.5", []), ("testclient", ["10.0.0.0/8"])],
)
def test_untrusted_proxy_does_not_name_the_client(
    service: Service, peer: str, proxies: list[object]
) -> None:
    headers = {"X-Forwarded-For": "198.51.100.1", "X-Forwarded-Proto": "https"}
    proxied = service(peer=peer, trusted_proxies=proxies)
    assert proxied.get("/client", headers=headers).json() == [peer, "http"]


def test_first_scheme_of_several_proxies_counts(service: Service) -> None:
    proxied = service(peer="10.0.0.5", trusted_proxies=[ip_network("10.0.0.5")])
    headers = {"X-Forwarded-Proto": "https, http"}
    assert proxied.get("/client", headers=headers).json() == ["10.0.0.5", "https"]


def test_unknown_scheme_of_a_trusted_proxy_is_ignored(service: Service) -> None:
    proxied = service(peer="10.0.0.5", trusted_proxies=[ip_network("10.0.0.5")])
    headers = {"X-Forwarded-Proto": "gopher"}
    assert proxied.get("/client", headers=headers).json() == ["10.0.0.5", "http"]


def test_websocket_through_a_trusted_proxy_is_secure(service: Service) -> None:
    proxied = service(peer="10.0.0.5", trusted_proxies=[ip_network("10.0.0.5")])
    headers = {"X-Forwarded-Proto": "https"}
    with proxied.websocket_connect("/scheme", headers=headers) as websocket:
        assert websocket.receive_text() == "wss"


def test_origin_allowed_may_read(service: Service) -> None:
    client = service(cors_origins=["https://example.com"])
    response = client.get("/health/live", headers={"Origin": "https://example.com"})
    assert response.headers["access-control-allow-origin"] == "https://example.com"
    preflight = client.options(
        "/length", headers={"Origin": "https://example.com", "Access-Control-Request-Method": "PUT"}
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


@pytest.mark.parametrize(
    ("accepted", "compressed"),
    [
        ("gzip;q=1.0, identity; q=0.5", True),
        ("br, gzip ; q=0.1", True),
        ("gzip;q=0", False),
        ("gzip; q=0.000, deflate", False),
        ("xgzip", False),
        ("deflate", False),
    ],
)
def test_weight_of_gzip_is_heeded(service: Service, accepted: str, *, compressed: bool) -> None:
    response = service().get("/long", headers={"Accept-Encoding": accepted})
    assert ("content-encoding" in response.headers) is compressed


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


@pytest.mark.parametrize("status", [429, 503])
def test_client_is_told_when_to_try_again(service: Service, status: int) -> None:
    assert int(service().get(f"/failing/{status}").headers["retry-after"]) > 0
    assert service().get(f"/failing/{status}?after=7").headers["retry-after"] == "7"


def test_limit_of_the_body_can_be_switched_off(service: Service) -> None:
    assert service(max_body_size=0).post("/length", content=b"a" * 2_000_000).json() == 2_000_000


class SlowlySent:
    """The service with clients that never send the rest of the body."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        parts: Iterator[Message] = iter([{"type": "http.request", "body": b"[", "more_body": True}])

        async def receive_a_part() -> Message:
            return next(parts, None) or await asyncio.sleep(60, {})

        await self.app(scope, receive_a_part, send)


@pytest.mark.parametrize("path", ["/length", "/sum"])
def test_body_that_does_not_arrive_in_time_is_refused(service: Service, path: str) -> None:
    client = TestClient(SlowlySent(service(body_timeout=0.01).app))
    response = client.post(path, content=b"[1]", headers={"Content-Type": "application/json"})
    assert response.status_code == 408
    assert response.headers["content-type"] == "application/problem+json"


def test_answer_may_take_longer_than_the_body(service: Service) -> None:
    client = service(body_timeout=0.01)
    assert client.post("/length?seconds=0.05", content=b"abc").json() == 3


def test_requests_beyond_the_limit_are_refused_until_others_end(service: Service) -> None:
    client = service(max_concurrent_requests=1)
    with client.websocket_connect("/echo") as websocket:
        refused = client.get("/long")
        assert (refused.status_code, refused.headers["retry-after"]) == (503, "5")
        assert "x-request-id" in refused.headers
        assert client.get("/health/live").status_code == 200
        websocket.send_text("hello")
        websocket.receive_text()
        websocket.receive()
    assert [client.get(path).status_code for path in ("/failing/500", "/long")] == [500, 200]


def test_limit_of_requests_at_once_can_be_switched_off(service: Service) -> None:
    assert service(max_concurrent_requests=0).get("/long").status_code == 200


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
